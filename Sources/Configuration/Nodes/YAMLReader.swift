// From text to a tree of nodes: libyaml's events, with limits against hostile files.

import CYAML

extension ConfigurationNode {
    /// The largest document, in bytes.
    package static let byteLimit = 1 << 20
    /// The deepest nesting of mappings and sequences.
    package static let depthLimit = 32

    /// Parses the one YAML document in `text`; `name` stands for the file in errors. An empty text is an empty mapping.
    package static func parse(_ text: some Collection<UInt8>, name: String) throws(ConfigurationError) -> Self {
        let bytes = Array(text)
        guard bytes.count <= byteLimit else { throw .tooLarge(file: name, limit: byteLimit) }
        let result = bytes.withUnsafeBufferPointer { bytes in
            Result { () throws(ConfigurationError) in
                try YAMLReader(bytes: bytes, name: name).document()
            }
        }
        return try result.get()
    }
}

/// Reads events from libyaml and builds nodes; `bytes` must outlive it.
private final class YAMLReader {
    // In memory of its own: libyaml keeps the parser's address.
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let bytes: UnsafeBufferPointer<UInt8>
    private let name: String

    /// What an event says, copied out of libyaml's memory.
    private enum Event {
        case start, documentStart, documentEnd, end
        case scalar(String, quoted: Bool)
        case sequenceStart, sequenceEnd, mappingStart, mappingEnd
    }

    init(bytes: UnsafeBufferPointer<UInt8>, name: String) {
        self.bytes = bytes
        self.name = name
        let initialized = yaml_parser_initialize(parser)
        precondition(initialized == 1, "yaml_parser_initialize: out of memory")
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    func document() throws(ConfigurationError) -> ConfigurationNode {
        while true {
            let (event, place) = try next()
            switch event {
            case .start, .documentStart: continue
            case .end, .documentEnd: return ConfigurationNode(.mapping([]), at: place)
            case .scalar, .sequenceStart, .sequenceEnd, .mappingStart, .mappingEnd: break
            }
            let root = try node(event, place, depth: 1)
            try finish()
            return root.isNull ? ConfigurationNode(.mapping([]), at: place) : root
        }
    }

    /// Reads to the end: what follows the first document must be nothing.
    private func finish() throws(ConfigurationError) {
        while true {
            switch try next() {
            case (.end, _): return
            case (.documentEnd, _): continue
            case (_, let place): throw .syntax(place, reason: "a second document; a configuration is one")
            }
        }
    }

    private func node(
        _ event: Event, _ place: ConfigurationPlace, depth: Int
    ) throws(ConfigurationError) -> ConfigurationNode {
        let limit = ConfigurationNode.depthLimit
        guard depth <= limit else { throw .syntax(place, reason: "nested deeper than \(limit) levels") }
        switch event {
        case .scalar(let text, let quoted): return ConfigurationNode(.scalar(text, quoted: quoted), at: place)
        case .sequenceStart: return ConfigurationNode(.sequence(try elements(depth: depth)), at: place)
        case .mappingStart: return ConfigurationNode(.mapping(try entries(depth: depth)), at: place)
        case .start, .documentStart, .documentEnd, .end, .sequenceEnd, .mappingEnd:
            preconditionFailure("YAMLReader: \(event) in place of a node at \(place)")
        }
    }

    private func elements(depth: Int) throws(ConfigurationError) -> [ConfigurationNode] {
        var elements: [ConfigurationNode] = []
        while true {
            let (event, place) = try next()
            if case .sequenceEnd = event { return elements }
            elements.append(try node(event, place, depth: depth + 1))
        }
    }

    private func entries(depth: Int) throws(ConfigurationError) -> [ConfigurationNode.Entry] {
        var entries: [ConfigurationNode.Entry] = []
        var seen: Set<String> = []
        while true {
            let (event, place) = try next()
            if case .mappingEnd = event { return entries }
            guard case .scalar(let key, _) = event else { throw .syntax(place, reason: "a key must be a plain text") }
            guard seen.insert(key).inserted else { throw .duplicateKey(place, key: key) }
            let (valueEvent, valuePlace) = try next()
            let value = try node(valueEvent, valuePlace, depth: depth + 1)
            entries.append(.init(key: key, place: place, value: value))
        }
    }

    private func next() throws(ConfigurationError) -> (Event, ConfigurationPlace) {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
        defer { yaml_event_delete(&event) }
        let place = self.place(event.start_mark)
        switch event.type {
        case YAML_STREAM_START_EVENT: return (.start, place)
        case YAML_DOCUMENT_START_EVENT: return (.documentStart, place)
        case YAML_DOCUMENT_END_EVENT: return (.documentEnd, place)
        case YAML_SEQUENCE_END_EVENT: return (.sequenceEnd, place)
        case YAML_MAPPING_END_EVENT: return (.mappingEnd, place)
        case YAML_ALIAS_EVENT: throw .syntax(place, reason: "an alias (*name); write the value out")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            try refuseProperties(scalar.anchor, scalar.tag, at: place)
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            return (.scalar(text, quoted: scalar.style != YAML_PLAIN_SCALAR_STYLE), place)
        case YAML_SEQUENCE_START_EVENT:
            try refuseProperties(event.data.sequence_start.anchor, event.data.sequence_start.tag, at: place)
            return (.sequenceStart, place)
        case YAML_MAPPING_START_EVENT:
            try refuseProperties(event.data.mapping_start.anchor, event.data.mapping_start.tag, at: place)
            return (.mappingStart, place)
        default: return (.end, place)
        }
    }

    private func refuseProperties(
        _ anchor: UnsafeMutablePointer<UInt8>?, _ tag: UnsafeMutablePointer<UInt8>?, at place: ConfigurationPlace
    ) throws(ConfigurationError) {
        if anchor != nil { throw .syntax(place, reason: "an anchor (&name); write the value out where it is used") }
        if tag != nil { throw .syntax(place, reason: "a tag (!name); a configuration has none") }
    }

    private func place(_ mark: yaml_mark_t) -> ConfigurationPlace {
        .file(name, line: mark.line + 1, column: mark.column + 1)
    }

    private func syntaxError() -> ConfigurationError {
        let reason = parser.pointee.problem.map { String(cString: $0) } ?? "libyaml ran out of memory"
        guard parser.pointee.error == YAML_READER_ERROR else {
            return .syntax(place(parser.pointee.problem_mark), reason: reason)
        }
        // The reader knows its bytes and not yet their lines.
        let before = bytes.prefix(max(parser.pointee.problem_offset, 0))
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
        return .syntax(.file(name, line: line, column: column), reason: reason)
    }
}
