// To what the factors of products are rounded.

/// To how many binary digits a device rounds the factors of a matrix product or a convolution before it multiplies them.
/// The products are exact then and are summed in float32, and everything else is float32.
public enum Precision: String, Hashable, Sendable, CaseIterable {
    /// To none: 24 digits, as they are.
    case float32
    /// To 11 digits: a tensor core's float32.
    case tf32
    /// To 8 digits: the upper half of a float32.
    case bf16

    /// The largest relative error of a rounded factor, half a unit of its last digit.
    public var roundoff: Float {
        switch self {
        case .float32: 0x1p-24
        case .tf32: 0x1p-11
        case .bf16: 0x1p-8
        }
    }
}
