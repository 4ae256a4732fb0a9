// The effective configuration: defaults, files, overrides, errors, and writing.

import Configuration
import Foundation
import Testing

@Suite struct TrainingConfigurationTests {
    private func failure(_ yaml: String, _ overrides: String...) -> String {
        do throws(ConfigurationError) {
            return "no error: \(try TrainingConfiguration(yaml: yaml, name: "run.yaml", overrides: overrides))"
        } catch {
            return error.description
        }
    }

    @Test func defaultsAreThePapersRecipe() throws {
        let configuration = try TrainingConfiguration(file: nil)
        #expect(configuration == TrainingConfiguration(), "no key derives another default than the type's")
        #expect(configuration.objective.contrastive.kind == .ntXent)
        #expect(configuration.objective.contrastive.temperature == 0.1)
        #expect(configuration.objective.forwardPredictive.weight == 0)
        #expect(configuration.objective.inversePredictive.weight == 0)
        #expect(configuration.optimizer.learningRate == 1e-3)
        #expect(configuration.optimizer.weightDecay == 1e-6)
        #expect(configuration.data.batch == 482)
        #expect(configuration.data.augmentation == .authors)
        #expect(configuration.data.placement == .auto)
    }

    @Test func infoNCEIsEquationOneUnlessAsked() throws {
        let plain = try TrainingConfiguration(file: nil, overrides: ["objective.contrastive.kind=infoNCE"])
        #expect(plain.objective.contrastive.temperature == 1)
        #expect(!plain.objective.contrastive.normalize)
        let asked = try TrainingConfiguration(
            yaml: "objective: {contrastive: {kind: infoNCE, temperature: 0.5}}",
            overrides: ["objective.contrastive.normalize=true"])
        #expect(asked.objective.contrastive.temperature == 0.5)
        #expect(asked.objective.contrastive.normalize)
    }

    @Test func overridesWinOverTheFileAndTheLastOneOverAll() throws {
        let configuration = try TrainingConfiguration(
            yaml: "optimizer:\n  learningRate: 0.1\n  kind: sgd\ndevice: '0'\n",
            overrides: [
                "optimizer.learningRate=2", "data.source=images:/my #1 images: a", "optimizer.learningRate=3e-4",
            ])
        #expect(configuration.optimizer.learningRate == 3e-4)
        #expect(configuration.optimizer.kind == .sgd)
        #expect(configuration.device == "0")
        #expect(configuration.data.source == "images:/my #1 images: a")
    }

    @Test func stepsAndEpochsReplaceEachOther() throws {
        let steps = try TrainingConfiguration(yaml: "training: {epochs: 7}", overrides: ["training.steps=20"])
        #expect(steps.training.steps == 20)
        #expect(steps.training.epochs == nil)
        let again = try TrainingConfiguration(yaml: steps.yaml, overrides: ["training.epochs=3"])
        #expect(again.training.steps == nil)
        #expect(again.training.epochs == 3)
        #expect(failure("", "training.steps=1", "training.epochs=2").contains("both steps and epochs"))
        #expect(failure("training: {epochs: null}").contains("neither steps nor epochs"))
    }

    @Test func schedulesAreIntervalsOrLists() throws {
        func schedule(_ text: String) throws -> TrainingConfiguration.Schedule {
            try TrainingConfiguration(file: nil, overrides: ["training.evaluateEvery=\(text)"]).training.evaluateEvery
        }
        #expect(try schedule("5") == .every(5))
        #expect(try schedule("end") == .end)
        #expect(try schedule("[1, 10, 100]") == .epochs([1, 10, 100]))
        #expect(try schedule("[1, 10, 100]").contains(epoch: 10))
        #expect(try !schedule("5").contains(epoch: 12))
        for wrong in ["0", "[]", "[3, 2]", "[1, x]", "often", "[1"] {
            #expect(throws: ConfigurationError.self) { try schedule(wrong) }
        }
    }

    @Test func errorsNamePlaceReasonAndTheNearestKey() {
        #expect(
            failure("objective:\n  contrastive:\n    kind: ntxent\n")
                == "run.yaml:3:11: objective.contrastive.kind: 'ntxent' is none of infoNCE, ntXent, jensenShannon; "
                + "did you mean 'ntXent'?")
        #expect(
            failure("optimizer:\n  learningrate: 1\n")
                == "run.yaml:2:3: no key 'optimizer.learningrate'; did you mean 'optimizer.learningRate'?")
        #expect(failure("", "learningRate=1") == "no key 'learningRate'; did you mean 'optimizer.learningRate'?")
        #expect(failure("", "bacth=1") == "no key 'bacth'; did you mean 'data.batch'?")
        #expect(failure("zebra: 1\n") == "run.yaml:1:1: no key 'zebra'")
        #expect(failure("", "data.batch=1") == "data.batch: '1' is not a whole number from 2 to 1048576")
        #expect(failure("data: {batch: [1]}").contains("a list is not a whole number"))
        #expect(failure("", "optimizer.learningRate=nan").contains("'nan' is not a number > 0"))
        #expect(failure("", "optimizer.learningRate=").contains("nothing is not a number > 0"))
        #expect(failure("", "seed=-1").contains("'-1' is not a whole number >= 0"))
        #expect(failure("", "memoryLimit=2GB").contains("'2GB' is not a size such as 1500MiB or 2GiB"))
        #expect(failure("", "objective.contrastive.normalize=yes").contains("'yes' is not true or false"))
        #expect(failure("data: 5\n").contains("data: '5' is not a mapping"))
        #expect(failure("- 1\n").hasPrefix("run.yaml:1:1: a list is not a mapping"))
        #expect(failure("", "--batch").contains("is no override; write key=value"))
        #expect(failure("", "objective.contrastive.weight=0").contains("every weight is 0"))
        #expect(failure("data.batch: 4\ndata: {batch: 5}\n").contains("'data.batch' stands twice"))
        #expect(!failure("\"a\\nb\": 1\n").contains("\n"), "an error is one line")
    }

    @Test func numbersThatFloat32CannotHoldAreRefused() throws {
        let computed = "in float32, in which steps are computed"
        #expect(
            failure("", "optimizer.learningRate=1e-50")
                == "optimizer.learningRate: '1e-50' vanishes \(computed): the smallest is 1.1754944e-38")
        #expect(failure("", "objective.contrastive.temperature=1e-40").contains("'1e-40' vanishes"))
        #expect(
            failure("objective: {contrastive: {weight: 1e300}}")
                == "run.yaml:1:35: objective.contrastive.weight: '1e300' is infinite \(computed): "
                + "the largest is 3.4028235e+38")
        #expect(
            failure("", "optimizer.beta1=0.99999999999")
                == "optimizer.beta1: '0.99999999999' is 1.0 \(computed), and that is not a number >= 0 and < 1")
        let configuration = try TrainingConfiguration(
            file: nil, overrides: ["optimizer.learningRate=3e38", "optimizer.weightDecay=0", "optimizer.epsilon=2e-38"])
        #expect(configuration.optimizer.weightDecay == 0)
    }

    @Test func filesThatCannotBeReadSayWhy() throws {
        func failure(_ file: String) -> ConfigurationError? {
            do throws(ConfigurationError) {
                _ = try TrainingConfiguration(file: file)
                return nil
            } catch {
                return error
            }
        }
        #expect(failure("/nowhere/run.yaml")?.description == "/nowhere/run.yaml: No such file or directory")
        #expect(failure("/tmp")?.description == "/tmp: Is a directory")
        #expect(failure("/nowhere/run.yaml")?.liesInFile == true)
        #expect(failure("/dev/zero")?.description == "/dev/zero: a configuration holds at most 1048576 bytes")
    }

    @Test func theEffectiveConfigurationReadsBack() throws {
        #expect(try TrainingConfiguration(yaml: TrainingConfiguration().yaml) == TrainingConfiguration())
        var changed = try TrainingConfiguration(
            file: nil,
            overrides: [
                "objective.contrastive.kind=infoNCE", "objective.inversePredictive.weight=0.1",
                "optimizer.weightDecay=1e-30", "training.steps=9", "training.evaluateEvery=[2,4]",
                "data.source=images:/a \"b\"\\c: d #e\u{2028}\n\té", "seed=18446744073709551615",
            ])
        changed.device = "null"
        changed.memoryLimit = 3 << 29
        changed.precision = .bf16
        #expect(try TrainingConfiguration(yaml: changed.yaml) == changed)
        #expect(changed.yaml.contains("weightDecay: 1.0e-30 "))
        #expect(changed.yaml.contains("\nprecision: bf16 "))
    }

    @Test func keysAreNamedOnceAndDefaultsAreAllowed() throws {
        let paths = ConfigurationKey.all.map(\.path)
        #expect(Set(paths).count == paths.count)
        for key in ConfigurationKey.all where !key.path.hasPrefix("training.") {
            let text = key.defaultText
            #expect(throws: Never.self) { try TrainingConfiguration(file: nil, overrides: ["\(key.path)=\(text)"]) }
        }
    }

    @Test func distancesCountLettersAndSwaps() {
        #expect(editDistance("ntxent", "ntXent") == 0)
        #expect(editDistance("bacth", "batch") == 1)
        #expect(editDistance("", "seed") == 4)
        #expect(editDistance("kitten", "sitting") == 3)
        #expect(nearest(to: "zzz", among: ["train", "embed"]) == nil)
        #expect(nearest(to: "evalute", among: ["train", "evaluate", "embed"]) == "evaluate")
        #expect(nearest(to: String(repeating: "x", count: 1 << 20), among: ["train"]) == nil)
    }
}
