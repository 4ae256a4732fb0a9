// From decoded files to whole characters, each with one drawing by each drawer.

extension Omniglot.Inspection {
    private struct Name: Hashable {
        let alphabet: String
        let character: String

        func precedes(_ other: Name) -> Bool {
            alphabet == other.alphabet
                ? character.utf8.lexicographicallyPrecedes(other.character.utf8)
                : alphabet.utf8.lexicographicallyPrecedes(other.alphabet.utf8)
        }
    }

    /// One character while its drawings come together.
    private struct Place {
        var drawings = [PackedDrawing?](repeating: nil, count: DrawnCharacter.drawerCount)
        var isDrawn = [Bool](repeating: false, count: DrawnCharacter.drawerCount)
        var twice: [Int] = []

        /// Why the character is not complete, if it is not.
        var fault: String? {
            let missing = isDrawn.indices.filter { !isDrawn[$0] }.map { "\($0 + 1)" }
            if missing.isEmpty { return twice.isEmpty ? nil : "drawer \(twice[0]) drew it twice" }
            return "of \(isDrawn.count) drawings, those by drawer \(missing.joined(separator: ", ")) are missing"
        }

        mutating func add(_ drawing: PackedDrawing?, by drawer: Int) {
            if isDrawn[drawer - 1] { twice.append(drawer) }
            isDrawn[drawer - 1] = true
            drawings[drawer - 1] = drawing
        }
    }

    /// Sorts the drawings of `entries` into characters; the faults come in the order of the names.
    mutating func collect(
        _ entries: [OmniglotEntry], _ decoded: [Result<PackedDrawing, DatasetError>], _ split: Split
    ) {
        var places: [Name: Place] = [:]
        var bad: [(name: Name, fault: DatasetError)] = []
        for (entry, result) in zip(entries, decoded) {
            let name = Name(alphabet: entry.alphabet, character: entry.character)
            var drawing: PackedDrawing?
            switch result {
            case .success(let decoded):
                drawing = decoded
                drawings += 1
            case .failure(let fault): bad.append((name, fault))
            }
            places[name, default: Place()].add(drawing, by: entry.drawer)
        }
        faults += bad.sorted { $0.name.precedes($1.name) }.map(\.fault)
        for (name, place) in places.sorted(by: { $0.key.precedes($1.key) }) {
            if let reason = place.fault {
                let character = "\(split.folderName)/\(name.alphabet)/\(name.character)"
                faults.append(.wrongDrawers(character: character, reason: reason))
            }
            let drawings = place.drawings.compactMap { $0 }
            if drawings.count == DrawnCharacter.drawerCount {
                characters.append(
                    DrawnCharacter(alphabet: name.alphabet, name: name.character, drawings: drawings))
            }
        }
        if places.isEmpty, faults.isEmpty {
            faults.append(.unexpectedEntry(place: split.folderName, reason: "it holds no drawing"))
        }
    }
}
