// What can go wrong with an image, and the words for it.

/// Why an image could not be read or written.
public enum ImagingError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be opened or read.
    case cannotRead(file: String, reason: String)
    /// The bytes are neither PNG nor JPEG.
    case unknownFormat(file: String, start: String)
    /// The image is of a kind that is not read.
    case unsupported(file: String, format: String, advice: String)
    /// The image is damaged, cut short, or of a kind that the decoder refuses.
    case corrupt(file: String, format: String, reason: String)
    /// The image is larger than a decoder will allocate for.
    case tooLarge(file: String, width: Int, height: Int)
    /// An image could not be encoded.
    case cannotEncode(width: Int, height: Int, reason: String)

    /// The error as one line: what, where and why.
    public var description: String {
        switch self {
        case .cannotRead(let file, let reason): "cannot read \(file): \(reason)"
        case .unknownFormat(let file, let start): "\(file) is neither PNG nor JPEG: it starts with \(start)"
        case .unsupported(let file, let format, let advice): "\(file) is a \(format), which is not read; \(advice)"
        case .corrupt(let file, let format, let reason): "\(file) is a damaged \(format): \(reason)"
        case .tooLarge(let file, let width, let height):
            "\(file) has \(width) x \(height) pixels; at most \(ImageLimits.extent) on a side and "
                + "\(ImageLimits.pixels) in all are read"
        case .cannotEncode(let width, let height, let reason):
            "cannot encode an image of \(width) x \(height) pixels: \(reason)"
        }
    }
}

/// How large an image may be; checked before anything is allocated for it.
enum ImageLimits {
    /// The largest width or height.
    static let extent = 16384
    /// The largest number of pixels.
    static let pixels = 1 << 26
    /// The largest file in bytes.
    static let fileBytes = 1 << 28

    /// Throws where an image of this size is not read.
    static func check(width: Int, height: Int, file: String) throws(ImagingError) {
        if width < 1 || height < 1 || width > extent || height > extent || width * height > pixels {
            throw .tooLarge(file: file, width: width, height: height)
        }
    }
}
