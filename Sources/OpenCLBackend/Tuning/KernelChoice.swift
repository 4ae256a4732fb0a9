// Which of several kernels serves an operation: what there is to choose from, and how a choice is written.

package import TensorCore

/// The kernel that serves an operation.
public enum KernelChoice: Hashable, Sendable, CustomStringConvertible {
    /// `Kernels/<stem>.cl`: right everywhere.
    case plain
    /// `Kernels/wide/`: for CPU devices, a register tile or some rows at a time.
    case wide(RegisterTile)
    /// `Kernels/tiled/`: for GPUs, a tile of the result to a work-group, with `local` memory.
    case tiled(GroupTile)
    /// `Kernels/tiled/convolution_winograd.cl`, with the tile of its products: for GPUs.
    case winograd(GroupTile)
    /// CLBlast, in the way that it has for the device, or in another.
    case library(LibraryTile?)

    /// `plain`, `wide 16x12`, `tiled 64x64x16/4x4`, `winograd 64x64x16/4x4`, `library` or `library 128x128x16/16x16`.
    public var description: String {
        switch self {
        case .plain: "plain"
        case .wide(let tile): "wide \(tile)"
        case .tiled(let tile): "tiled \(tile)"
        case .winograd(let tile): "winograd \(tile)"
        case .library(nil): "library"
        case .library(let tile?): "library \(tile)"
        }
    }

    /// The choice for `operation` (`convolution`) that is written as `text`; `nil` where it is no candidate.
    public init?(_ text: String, for operation: String) {
        guard let choice = Self.candidates(for: operation).first(where: { $0.description == text }) else { return nil }
        self = choice
    }

    /// The operations that have more than the plain kernel.
    public static let operations = Set(tiles.keys).union(groupTiles.keys).sorted()

    /// All that may serve `operation`, on whichever device; none for an operation with nothing to choose.
    ///
    /// A choice that does not serve the sizes of a node leaves it to another: Winograd to the tiled kernel, others to the
    /// plain one.
    public static func candidates(for operation: String) -> [KernelChoice] {
        let groupTiles = groupTiles[operation] ?? []
        let shapes =
            (tiles[operation] ?? []).map(KernelChoice.wide) + groupTiles.map(KernelChoice.tiled)
            + (winogradOperations.contains(operation) ? groupTiles.map(KernelChoice.winograd) : [])
            + (operation == "matrixProduct" ? ([nil] + LibraryTile.large).map(KernelChoice.library) : [])
        return shapes.isEmpty ? [] : [.plain] + shapes
    }

    /// The register tiles of the wide kernel of each operation.
    private static let tiles: [String: [RegisterTile]] = [
        "batchNormalization": RegisterTile.streams, "batchNormalizationBackward": RegisterTile.streams,
        "convolution": RegisterTile.patches, "convolutionBackwardFilter": RegisterTile.filters,
        "convolutionBackwardInput": RegisterTile.patches, "matrixProduct": RegisterTile.products,
        "maxPool": RegisterTile.streams, "maxPoolBackward": RegisterTile.streams,
        PooledNormalization.name: RegisterTile.streams, "reduce": RegisterTile.streams,
        "scoreReduction": RegisterTile.patches, "scoreReductionBackward": RegisterTile.patches,
    ]

    /// The tiles of the tiled kernel of each operation, of which `Target.shippedTile` chooses the one that is shipped.
    fileprivate static let groupTiles: [String: [GroupTile]] = [
        "batchNormalization": GroupTile.streams, "batchNormalizationBackward": GroupTile.streams,
        "convolution": GroupTile.products, "convolutionBackwardFilter": GroupTile.products,
        "convolutionBackwardInput": GroupTile.products, "logSumExp": GroupTile.streams,
        "matrixProduct": GroupTile.products, PooledNormalization.name: GroupTile.streams,
        "reduce": GroupTile.streams, "scoreReduction": GroupTile.products,
        "scoreReductionBackward": GroupTile.products,
    ]

    /// The operations that Winograd's kernels compute on GPUs, with the same tiles.
    fileprivate static let winogradOperations: Set = [
        "convolution", "convolutionBackwardFilter", "convolutionBackwardInput",
    ]
}

/// What a wide kernel holds in registers: `rows` rows, each two vectors of `lanes` float32 wide; for a kernel that sums
/// nothing across rows, one row of one vector.
public struct RegisterTile: Hashable, Sendable, CustomStringConvertible {
    /// float32 lanes of a vector: 16, 8 or 4.
    public let lanes: Int
    /// The rows.
    public let rows: Int

    /// Makes a tile.
    public init(_ lanes: Int, by rows: Int) {
        (self.lanes, self.rows) = (lanes, rows)
    }

    /// `16x12`.
    public var description: String { "\(lanes)x\(rows)" }

    /// Tiles of patches of images, and of scores: for 32 registers (AVX-512, also with half its width; NEON) and for 16
    /// (AVX2, SSE).
    static let patches = tiles([(16, 12), (16, 8), (16, 6), (8, 12), (8, 6), (4, 12), (4, 6)])
    /// Tiles of matrices; what packs them wants no more rows than lanes.
    static let products = tiles([(16, 12), (16, 8), (8, 8), (8, 6), (4, 4)])
    /// Tiles of filters, whose rows divide the lanes.
    static let filters = tiles([(16, 8), (8, 8), (8, 4), (4, 4)])
    /// Rows that pass by.
    static let streams = tiles([(16, 1), (8, 1), (4, 1)])

    private static func tiles(_ sizes: [(Int, Int)]) -> [RegisterTile] {
        sizes.map { RegisterTile($0.0, by: $0.1) }
    }
}

extension Target {
    /// What serves `operation`, for a result of the shape `result`, on this device as long as nothing was measured: a GPU
    /// has CLBlast, Winograd or the tiled kernel with the tile of `shippedTile`, a CPU the wide one with the tile that fills
    /// its registers, a simulator the plain one.
    package func shippedChoice(for operation: String, result: Shape? = nil) -> KernelChoice {
        if rounds(operation) { return shippedTiled(for: operation, result: result) }
        return switch kind {
        case .cpu: widest(for: operation)
        case .gpu:
            KernelChoice.candidates(for: operation).contains(.library(nil))
                ? .library(nil) : shippedForGPU(operation, result: result)
        case .simulator: .plain
        }
    }

    /// What may serve `operation`, for a result of the shape `result`, on this device; the shipped choice comes first.
    package func candidates(for operation: String, result: Shape? = nil) -> [KernelChoice] {
        let shipped = shippedChoice(for: operation, result: result)
        // No other kernels round factors.
        if rounds(operation) {
            let tiled = tiles(for: operation).map { KernelChoice.tiled($0) }
            return tiled.filter { $0 == shipped } + tiled.filter { $0 != shipped }
        }
        let others = KernelChoice.candidates(for: operation).filter { choice in
            switch choice {
            case .plain, .library(nil): choice != shipped
            case .library(let tile?): kind == .gpu && holds(tile)
            // Vectors of another register file are worth a try only where they are near.
            case .wide(let tile):
                kind == .cpu && choice != shipped && (wideLanes / 2...wideLanes * 2).contains(tile.lanes)
            case .tiled(let tile), .winograd(let tile): kind == .gpu && choice != shipped && holds(tile)
            }
        }
        return [shipped] + others
    }

    /// The tiles of the tiled kernel of `operation` that serve on the device.
    private func tiles(for operation: String) -> [GroupTile] {
        (KernelChoice.groupTiles[operation] ?? []).filter(rounds(operation) ? serves : holds)
    }

    /// The tiled kernel with the tile that is shipped for `result`; without one, with the first that serves.
    func shippedTiled(for operation: String, result: Shape? = nil) -> KernelChoice {
        shippedTile(of: tiles(for: operation), for: result).map { .tiled($0) } ?? .plain
    }

    /// Winograd's kernel where there is one, else the tiled one, with the same tile.
    func shippedForGPU(_ operation: String, result: Shape? = nil) -> KernelChoice {
        let shipped = shippedTiled(for: operation, result: result)
        guard KernelChoice.winogradOperations.contains(operation), case .tiled(let tile) = shipped else {
            return shipped
        }
        return .winograd(tile)
    }

    /// The wide kernel that holds most in the registers, with vectors as wide as they are.
    func widest(for operation: String) -> KernelChoice {
        // Two vectors for each row, and some registers for what is multiplied.
        let most = max(1, (vectorRegisters - 4) / 2)
        let fitting = KernelChoice.candidates(for: operation).compactMap { choice -> RegisterTile? in
            if case .wide(let tile) = choice, tile.lanes == wideLanes, tile.rows <= most { return tile }
            return nil
        }
        return fitting.max { $0.rows < $1.rows }.map { .wide($0) } ?? .plain
    }
}
