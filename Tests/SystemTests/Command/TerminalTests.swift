// The console with and without a terminal, the progress bar, and tables.

import DiptychCommand
import Testing

@Suite struct TerminalTests {
    private func training(_ done: Int) -> Progress {
        Progress("training", done: done, total: 200, facts: [("loss", "5.91"), ("views/s", "84")])
    }

    @Test func withoutATerminalProgressIsALineEveryFewSeconds() {
        let screen = Screen()
        let console = screen.console()
        for step in 1...6 {
            console.progress(training(step))
            screen.wait(2)
        }
        #expect(
            screen.text == """
                training 1/200 (0%), loss 5.91, views/s 84
                training 4/200 (2%), 6 min 32 s left, loss 5.91, views/s 84

                """)
        console.progress(training(200))
        #expect(screen.text.hasSuffix("training 200/200 (100%), loss 5.91, views/s 84\n"), "the end is always shown")
    }

    @Test func onATerminalTheBarIsDrawnOverAndMessagesScrollByAbove() {
        let screen = Screen()
        let style = TerminalStyle(isTerminal: true, environment: ["TERM": "xterm"], columns: 60)
        let console = screen.console(style)
        console.progress(training(50))
        console.warning("look")
        screen.wait(1)
        console.progress(training(51))
        console.progress(training(52))
        console.endProgress()
        #expect(
            screen.text == "\r" + "training [=====               ] 50/200  loss 5.91" + "\u{1B}[K"
                + "\r\u{1B}[K\u{1B}[33mwarning:\u{1B}[0m look\n"
                + "\r" + "training [=====               ] 51/200  2 min 29 s left" + "\u{1B}[K" + "\n")
    }

    @Test func environmentTakesColourAndBar() {
        let plain = TerminalStyle(isTerminal: true, environment: ["TERM": "xterm", "NO_COLOR": "1"])
        #expect(plain.isInteractive && !plain.hasColour)
        let empty = TerminalStyle(isTerminal: true, environment: ["TERM": "xterm", "NO_COLOR": ""])
        #expect(empty.hasColour)
        let dumb = TerminalStyle(isTerminal: true, environment: ["TERM": "dumb"])
        #expect(!dumb.isInteractive && !dumb.hasColour)
        let pipe = TerminalStyle(isTerminal: false, environment: ["TERM": "xterm"])
        #expect(!pipe.isInteractive && pipe.painted("a", .red) == "a")
    }

    @Test(arguments: 0...100)
    func barsFitTheirColumns(columns: Int) {
        #expect(training(199).bar(columns: columns, secondsLeft: 7200).count <= columns)
    }

    @Test func emptyWorkIsDone() {
        #expect(Progress("saving", done: 0, total: 0).line(secondsLeft: nil) == "saving 0/0 (100%)")
    }

    @Test func durationsHaveTwoUnits() {
        let texts = [0.4, 41, 59.6, 182, 18_450, 183_600, .infinity, .nan, -3].map(durationText)
        #expect(texts == ["0 s", "41 s", "1 min 0 s", "3 min 2 s", "5 h 7 min", "2 d 3 h", "ages", "ages", "0 s"])
    }

    @Test func tablesAlignTextLeftAndNumbersRight() {
        var table = Table([.text("features"), .number("accuracy")])
        table.add(["raw pixels", "20.0%"])
        table.add(["trained", "83.1%"])
        #expect(
            table.text == """
                features    accuracy
                ----------  --------
                raw pixels     20.0%
                trained        83.1%
                """)
    }
}
