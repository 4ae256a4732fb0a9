// Where views are made: by the device, which then holds all images, or by the host.

package import Configuration
package import Datasets
package import Execution

extension TrainingConfiguration {
    /// The pairs whose views the device is to make; `nil` where the host makes them.
    ///
    /// - Throws: where the device was asked for, `TrainingError.givenViews` for pairs that are no `ViewPairs`, and
    ///   `.execution` with `.memory` for more images than one value may hold.
    package func drawnOnDevice(_ pairs: any PairSource, on backend: some Backend) throws(TrainingError) -> ViewPairs? {
        guard data.placement != .host else { return nil }
        guard let drawn = pairs as? ViewPairs else {
            guard data.placement != .device else { throw .givenViews }
            return nil
        }
        let most = Int(Int32.max)
        if data.placement == .device {
            guard drawn.pixelCount <= most else {
                throw .execution(
                    .memory(
                        neededBytes: drawn.pixelCount, availableBytes: most, place: "for all images in one value",
                        advice: "data.placement=host leaves them out"))
            }
            return drawn
        }
        guard backend.isAccelerator, drawn.pixelCount <= most else { return nil }
        do throws(ExecutionError) {
            _ = try backend.plannedBytes(
                of: TrainingGraph.build(model, weightedObjective, updateRule, pairs: self.data.batch, drawing: drawn))
            return drawn
        } catch .memory {
            return nil
        } catch {
            throw .execution(error)
        }
    }
}
