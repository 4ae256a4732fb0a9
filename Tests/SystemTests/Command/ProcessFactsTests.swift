// What the operating system tells about a process, as it writes it.

import DiptychCommand
import Testing

@Suite struct ProcessFactsTests {
    @Test func theStartStandsBehindANameWithSpacesAndParentheses() {
        let rest = (3...52).map { $0 == 22 ? "987654" : String($0) }.joined(separator: " ")
        #expect(ProcessFacts.startTicks(stat: "1234 (diptych) \(rest)\n") == 987_654)
        #expect(ProcessFacts.startTicks(stat: "1234 (a) b (1 2) 3) \(rest)\n") == 987_654)
        #expect(ProcessFacts.startTicks(stat: "1234 (diptych) S 1 2") == nil)
        #expect(ProcessFacts.startTicks(stat: "") == nil)
    }

    @Test func thePeakIsInKibibytes() {
        let status = "Name:\tdiptych\nVmPeak:\t  900000 kB\nVmHWM:\t  123456 kB\nVmRSS:\t   1000 kB\n"
        #expect(ProcessFacts.peakResidentBytes(status: status) == 123_456 * 1024)
        #expect(ProcessFacts.peakResidentBytes(status: "Name:\tdiptych\n") == nil)
    }

    @Test func thisProcessStartedInThePast() throws {
        let first = try #require(ProcessFacts.secondsSinceStart)
        let second = try #require(ProcessFacts.secondsSinceStart)
        #expect(first > 0)
        #expect(second >= first)
        #expect(try #require(ProcessFacts.peakResidentBytes) > 1 << 20)
    }
}
