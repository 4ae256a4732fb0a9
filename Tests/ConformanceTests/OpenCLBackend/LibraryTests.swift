// CLBlast's product of large matrices in other tiles than its own: as right, and told apart.

import Execution
import GraphIR
import OpenCLBackend
import ReferenceBackend
import TensorCore
import Testing

@Suite("CLBlast's tiles", .requiresOpenCL)
struct LibraryTests {
    /// Large enough for the kernel that has tiles, and no multiple of any.
    private static let (rows, columns, depth) = (1030, 1010, 1050)

    private func graph() throws -> Graph {
        let builder = GraphBuilder()
        let left = builder.input("left", [Self.rows, Self.depth])
        builder.output("y", left.matrixProduct(builder.input("right", [Self.depth, Self.columns])))
        return try builder.finish()
    }

    private let inputs: [String: Tensor] = [
        "left": .random([rows, depth], seed: 1), "right": .random([depth, columns], seed: 2),
    ]

    private func product(_ choice: KernelChoice) throws -> Tensor {
        let options = OpenCLOptions(cacheFolder: OpenCLAvailability.cacheFolder)
        let backend = try OpenCLBackend(OpenCLAvailability.choice, options).forcing(["matrixProduct": choice])
        let program = try backend.compile(graph())
        #expect(program.kernelShapes.values.contains(choice.description))
        return try #require(program.run(inputs)["y"])
    }

    @Test("a tile changes nothing but the last bits, and is forgotten where it is not wanted")
    func tiles() throws {
        let expected = try #require(ReferenceBackend().compile(graph()).run(inputs)["y"])
        let own = try product(.library(nil))
        // One of them: CLBlast compiles for many seconds.
        for text in ["library 64x64x32/16x8", "library"] {
            let choice = try #require(KernelChoice(text, for: "matrixProduct"))
            let computed = try product(choice)
            let comparison = computed.compared(to: expected, within: Tolerance(terms: Self.depth))
            #expect(comparison.agrees, "\(choice): \(comparison)")
            if choice == .library(nil) { #expect(computed == own) }
        }
    }

    @Test("a tile that CLBlast cannot have fails, and what comes after does not")
    func impossible() throws {
        let impossible = KernelChoice.library(LibraryTile(0, 1, 32, 2, 7, 7, 30, 7, 7, 30, 1, 1, 0, 0, 3, 3))
        let error = #expect(throws: ExecutionError.self) { try product(impossible) }
        #expect(error?.description.contains("CLBlast") == true, "\(error.map { "\($0)" } ?? "")")
        #expect(try product(.library(nil)).floats.allSatisfy(\.isFinite))
    }
}
