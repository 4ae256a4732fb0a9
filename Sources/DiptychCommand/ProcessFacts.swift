// What the kernel of the operating system has noted about this process: its start, and the most memory it held.

import FoundationEssentials
import Glibc

/// Facts about this process, from `/proc`; `nil` where there is none.
package enum ProcessFacts {
    /// Seconds since the process was made, so that loading the program counts. The start is noted in clock ticks,
    /// rounded down: the answer is up to a hundredth of a second too large.
    package static var secondsSinceStart: Double? {
        guard let ticks = text("stat").flatMap(startTicks) else { return nil }
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9 - Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The most memory that was resident at a time since the program was loaded, in bytes.
    package static var peakResidentBytes: Int? { text("status").flatMap(peakResidentBytes) }

    /// The clock ticks from boot to the start, from the text of `/proc/self/stat`: field 22. Field 2, the name in
    /// parentheses, may hold spaces and parentheses itself.
    package static func startTicks(stat: String) -> Int? {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[end...].split(separator: " ")
        return fields.count > 20 ? Int(fields[20]) : nil
    }

    /// The line `VmHWM` of the text of `/proc/self/status`, in bytes.
    package static func peakResidentBytes(status: String) -> Int? {
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let words = line?.split(whereSeparator: \.isWhitespace) ?? []
        guard words.count == 3, words[2] == "kB", let kibibytes = Int(words[1]) else { return nil }
        return kibibytes * 1024
    }

    private static func text(_ name: String) -> String? {
        try? String(contentsOfFile: "/proc/self/\(name)", encoding: .utf8)
    }
}
