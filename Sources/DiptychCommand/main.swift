// The program `diptych`.

import Foundation

// A reader that ends early is an error of the write, not the death of a training run.
signal(SIGPIPE, SIG_IGN)
let program = Program(commands: commands, console: .standardError)
exit(program.run(Array(CommandLine.arguments.dropFirst())).rawValue)
