// Where views are made: by the device, which then holds all images, or by the host.

package import Configuration
package import Datasets
package import Execution

extension TrainingConfiguration {
    /// The pairs whose views the device is to make; `nil` where the host makes them.
    ///
    /// - Throws: `ExecutionError.memory` for more images than one value may hold, where the device was asked for.
    package func drawnOnDevice(_ pairs: any PairSource, on backend: some Backend) throws(ExecutionError) -> ViewPairs? {
        guard data.placement != .host, let drawn = pairs as? ViewPairs else { return nil }
        let most = Int(Int32.max)
        if data.placement == .device {
            guard drawn.pixelCount <= most else {
                throw .memory(
                    neededBytes: drawn.pixelCount, availableBytes: most,
                    advice: "for all images in one value; data.placement=host leaves them out")
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
        }
    }
}
