// The arrows of the house: every import of every room, held against Package.swift.

import Foundation
import Testing

@Suite("Architecture: imports")
struct ImportTests {
    @Test("every room imports only what lies below it", arguments: House.rooms.keys.sorted())
    func importsPointDown(room: String) throws {
        let allowed = House.below(room).union(House.system(for: room))
        for (file, module) in try House.imports(of: room) {
            #expect(allowed.contains(module), "\(file) imports \(module), which does not lie below \(room)")
        }
    }

    @Test("no arrow leads to a row above")
    func noCycles() {
        for room in House.rooms.keys {
            #expect(!House.below(room).contains(room), "\(room) lies below itself")
        }
    }

    @Test("rooms without a backend stay without one")
    func noConcreteBackend() {
        let concrete: Set = ["OpenCLBackend", "ReferenceBackend", "OpenCLRuntime", "COpenCL"]
        for room in ["TensorCore", "GraphIR", "Autodiff", "Layers", "Objectives", "Evaluation", "Training"] {
            #expect(House.below(room).isDisjoint(with: concrete), "\(room) reaches a concrete backend")
        }
        #expect(House.below("OpenCLBackend").isDisjoint(with: ["Autodiff", "Layers"]))
        #expect(House.below("OpenCLRuntime") == ["COpenCL"])
    }

    @Test("files stay small, and say at their head what lives in them")
    func fileSizes() throws {
        for file in try House.files(below: "Sources", "Tests") where file.pathExtension == "swift" {
            let lines = try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 401, "\(file.lastPathComponent) has \(lines.count - 1) lines")
            #expect(lines.first?.hasPrefix("//") == true, "\(file.lastPathComponent) has no head comment")
        }
    }

    @Test("no dispatch on operations has a default")
    func noDefault() throws {
        let rooms = ["GraphIR", "Autodiff", "Execution", "ReferenceBackend", "OpenCLBackend", "OperationSamples"]
        for room in rooms {
            for file in try House.files(below: "Sources/" + room) where file.pathExtension == "swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                guard text.contains("case .convolutionBackwardFilter") else { continue }
                #expect(
                    !text.contains("default:") && !text.contains("case _:"),
                    "\(room)/\(file.lastPathComponent) has a default")
            }
        }
    }
}

/// The package as its files tell it.
enum House {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The direct dependencies of every room with Swift code.
    static let rooms: [String: Set<String>] = {
        guard let manifest = try? String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8) else {
            return [:]
        }
        var rooms: [String: Set<String>] = [:]
        let room = /room\(\s*"(\w+)"(?:,\s*\[([^\]]*)\])?/
        for match in manifest.matches(of: room) {
            let names = (match.2 ?? "").matches(of: /"(\w+)"/).map { String($0.1) }
            rooms[String(match.1)] = Set(names)
        }
        return rooms
    }()

    /// All rooms below `room`, by the arrows of the manifest.
    static func below(_ room: String) -> Set<String> {
        var found: Set<String> = []
        var open = Array(rooms[room] ?? [])
        while let next = open.popLast() {
            if found.insert(next).inserted { open += rooms[next] ?? [] }
        }
        return found
    }

    /// What `room` may import of the system.
    static func system(for room: String) -> Set<String> {
        switch room {
        case "TensorCore": []
        case "GraphIR", "Autodiff", "Layers", "Objectives", "Optimization": ["Swift"]
        default: ["FoundationEssentials", "Glibc", "Dispatch", "Synchronization"]
        }
    }

    /// The files and modules of every import in `room`.
    static func imports(of room: String) throws -> [(file: String, module: String)] {
        try files(below: "Sources/" + room).filter { $0.pathExtension == "swift" }.flatMap { file in
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
                guard
                    let match = line.firstMatch(
                        of:
                            /^\s*(?:@\w+\s+)?(?:public |package |internal |private )?import (?:struct |enum |class |func )?(\w+)/
                    )
                else { return nil }
                return (file.lastPathComponent, String(match.1))
            }
        }
    }

    static func files(below folders: String...) throws -> [URL] {
        folders.flatMap { folder -> [URL] in
            let entries = FileManager.default.enumerator(
                at: root.appending(path: folder), includingPropertiesForKeys: nil)
            return (entries?.allObjects as? [URL] ?? []).sorted { $0.path < $1.path }
        }
    }
}
