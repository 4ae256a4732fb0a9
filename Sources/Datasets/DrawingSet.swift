// Drawn characters with their alphabets: one split of Omniglot, or of what the program invents.

public import TensorCore

/// A part of a data set of drawn characters.
public enum Split: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// The characters that representations are learnt from.
    case background
    /// The characters that no training sees.
    case evaluation

    /// The name of the split's folder in Omniglot, and of its zip without the ending.
    public var folderName: String { "images_\(rawValue)" }

    /// `background` or `evaluation`.
    public var description: String { rawValue }
}

/// A character of an alphabet, drawn once by each of 20 people.
public struct DrawnCharacter: Hashable, Sendable {
    /// How many people draw each character.
    public static let drawerCount = 20

    /// The name of the alphabet.
    public let alphabet: String
    /// The name of the character within its alphabet.
    public let name: String
    /// The drawings by drawer 1, 2, ... 20.
    public let drawings: [PackedDrawing]

    /// Makes a character of its drawings, one by each drawer.
    init(alphabet: String, name: String, drawings: [PackedDrawing]) {
        precondition(drawings.count == Self.drawerCount, "DrawnCharacter: \(drawings.count) drawings")
        (self.alphabet, self.name, self.drawings) = (alphabet, name, drawings)
    }
}

/// The characters of one split, sorted by alphabet and name: the index of a character is its label.
public struct DrawingSet: Hashable, Sendable {
    /// Which split this is.
    public let split: Split
    /// The characters in order.
    public let characters: [DrawnCharacter]

    /// The names of the alphabets, in order.
    public var alphabets: [String] {
        characters.map(\.alphabet).reduce(into: []) { names, name in
            if names.last != name { names.append(name) }
        }
    }

    /// SHA-256 of the split's name, and of each character's alphabet, name and pixels: the same for zips and folders.
    public var checksum: SHA256.Digest {
        var hash = SHA256()
        hash.update("\(split)\n".utf8)
        for character in characters {
            hash.update("\(character.alphabet)/\(character.name)\n".utf8)
            for drawing in character.drawings {
                drawing.hash(into: &hash)
            }
        }
        return hash.digest
    }
}
