// From the words of a command line to a command with its values.

import Configuration

/// What a command line asks for.
package enum Request<Root> {
    /// To run the command.
    case run(Root)
    /// To show its help.
    case help
}

extension CommandInterface {
    /// Reads `arguments`, the words after the command's name.
    package static func parse(_ arguments: [String]) throws(UsageError) -> Request<Self> {
        var parser = ArgumentParser<Self>()
        var words = arguments[...]
        while let word = words.popFirst() {
            switch word {
            case "--help", "-h": return .help
            case "--":
                for operand in words { try parser.operand(operand) }
                words = []
            case _ where word.hasPrefix("--"): try parser.option(word, &words)
            case _ where word.hasPrefix("-") && word.count > 1:
                throw .unexpectedArgument(word, hint: "; options are written --name", command: name)
            default: try parser.operand(word)
            }
        }
        return .run(try parser.finish())
    }
}

/// The state of reading one command line.
private struct ArgumentParser<Root: CommandInterface> {
    private var command = Root()
    private var given: Set<String> = []
    private var operands = 0

    /// Reads an option, and its value from `rest` where it does not stand behind `=`.
    mutating func option(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let equals = word.firstIndex(of: "=")
        let name = String(word[..<(equals ?? word.endIndex)].dropFirst(2))
        guard let option = Root.options.first(where: { $0.name == name }) else {
            let hint = nearest(to: name, among: Root.options.map(\.name) + ["help"])
            throw .unknownOption(name, command: Root.name, nearest: hint)
        }
        var value = equals.map { String(word[word.index(after: $0)...]) }
        if let placeholder = option.placeholder {
            if value == nil, let next = rest.first, !next.hasPrefix("--") { value = rest.removeFirst() }
            guard value != nil else {
                throw .missingValue(option: name, placeholder: placeholder, command: Root.name)
            }
        } else if value != nil {
            throw .unexpectedValue(option: name, command: Root.name)
        }
        do throws(ValueRefusal) {
            try option.store(value ?? "", &command)
        } catch {
            throw .invalidValue(argument: "--\(name)", reason: error.reason, command: Root.name)
        }
        given.insert(name)
    }

    /// Reads a word without a name: an override `key=value`, or the next operand.
    mutating func operand(_ word: String) throws(UsageError) {
        if let overrides = Root.overrides, word.contains("=") {
            command[keyPath: overrides.place].append(word)
            return
        }
        guard operands < Root.operands.count else {
            let hint = Root.overrides == nil ? "" : "; an override is key=value"
            throw .unexpectedArgument(word, hint: hint, command: Root.name)
        }
        let operand = Root.operands[operands]
        do throws(ValueRefusal) {
            try operand.store(word, &command)
        } catch {
            throw .invalidValue(argument: operand.placeholder, reason: error.reason, command: Root.name)
        }
        operands += 1
    }

    /// The command, once everything that it needs was given.
    func finish() throws(UsageError) -> Root {
        for operand in Root.operands.dropFirst(operands) where operand.isRequired {
            throw .missing(argument: operand.placeholder, command: Root.name)
        }
        for option in Root.options where option.isRequired && !given.contains(option.name) {
            throw .missing(argument: "--\(option.name) \(option.placeholder ?? "")", command: Root.name)
        }
        return command
    }
}
