// The time of commands between a marker and the last of them, from what drivers say.

import OpenCLRuntime
import Testing

@Suite("Times of events")
struct EventTests {
    private let last = EventTimes(queued: 10, submitted: 20, start: 300, end: 400)

    @Test("commands behind a marker begin as it ends")
    func behindAMarker() {
        #expect(EventSpan.times(of: last, after: 120) == 120..<400)
        #expect(EventSpan.times(of: last, after: 300) == 300..<400)
    }

    @Test(
        "a marker whose time is missing, 0 or later than what follows it tells nothing", arguments: [nil, 0, 301, 500])
    func withoutATime(marker: UInt64?) {
        #expect(EventSpan.times(of: last, after: marker) == 300..<400)
    }

    @Test("an end before the start is no time", arguments: [nil, 90, 150])
    func outOfOrder(marker: UInt64?) {
        let backwards = EventTimes(queued: 0, submitted: 0, start: 100, end: 80)
        #expect(EventSpan.times(of: backwards, after: marker).isEmpty)
        #expect(backwards.seconds == 0)
        #expect(EventSpan.times(of: EventTimes(queued: 0, submitted: 0, start: 0, end: 5), after: 0) == 0..<5)
    }
}
