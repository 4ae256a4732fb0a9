// What a person sees of a training run: progress, evaluations, and the table at its end.

import Diptych

/// Shows the events of a run, and sums them up.
struct TrainingReport {
    private let console: Console
    private var baselines: Baselines?
    private var last: (epoch: Int, accuracy: Accuracy)?
    private var best: (epoch: Int, accuracy: Accuracy)?

    init(_ console: Console) {
        self.console = console
    }

    /// Says what a run that goes on finds, where that is more than its checkpoint.
    func begin<B: Backend>(_ run: TrainingRun<B>) {
        let step = run.trainer.step
        if step >= run.lastStep {
            console.log("nothing is left to do: the checkpoint is of step \(step), the last is \(run.lastStep)")
        } else if let newest = run.folder.checkpoints.first, newest.step > step {
            console.log(
                "the checkpoints after step \(step), to step \(newest.step), stay until a new one is saved; "
                    + "then they go, and their lines of metrics.jsonl with them")
        }
    }

    /// Shows `event`.
    mutating func observe<B: Backend>(_ event: TrainingRun<B>.Event) {
        switch event {
        case .step(let metrics, let total):
            var facts = [("loss", significant(Double(metrics.loss)))]
            if metrics.terms.count > 1 { facts += metrics.terms.map { ($0.name, significant(Double($0.value))) } }
            facts.append(("views/s", fixed(metrics.viewsPerSecond, 0)))
            console.progress(Progress("training", done: metrics.step, total: total, facts: facts))
        case .baselines(let judged):
            baselines = judged
            log(judged.untrained, epoch: 0)
        case .evaluated(let epoch, let accuracy):
            log(accuracy, epoch: epoch)
            last = (epoch, accuracy)
            if accuracy.accuracy > best?.accuracy.accuracy ?? -1 { best = (epoch, accuracy) }
        case .saved, .worked: break
        }
    }

    private func log(_ accuracy: Accuracy, epoch: Int) {
        console.log("epoch \(epoch): \(percentage(accuracy.accuracy)) (\(accuracy.protocol.summary), online)")
    }

    /// Prints the table of results and says where they lie.
    func finish(_ folder: RunFolder) throws {
        let rows: [(String, Accuracy?)] = [
            ("raw pixels", baselines?.rawPixels), ("untrained encoder", baselines?.untrained),
            ("trained encoder" + (last.map { ", epoch \($0.epoch)" } ?? ""), last?.accuracy),
            best?.epoch == last?.epoch
                ? ("", nil) : ("best of the evaluations" + (best.map { ", epoch \($0.epoch)" } ?? ""), best?.accuracy),
        ]
        var table = Table([.text("representation"), .number("accuracy")])
        for case (let name, let accuracy?) in rows { table.add([name, percentage(accuracy.accuracy)]) }
        if let last {
            let `protocol` = last.accuracy.protocol
            let seen =
                `protocol`.split == Split.evaluation.rawValue
                ? "characters that training did not see" : "images trained on"
            try StandardOutput.line("\(table.text)\n\n\(`protocol`.summary); \(seen)")
        }
        try StandardOutput.line("results: \(folder.path)")
    }
}
