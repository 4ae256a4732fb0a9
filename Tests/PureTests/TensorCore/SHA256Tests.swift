// SHA-256 against the examples of FIPS 180-4 and across every way of cutting its input.

import Diptych
import TensorCore
import Testing

@Suite struct SHA256Tests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func standardExamples(text: String, digest: String) {
        #expect(SHA256.hash(text).description == digest)
    }

    @Test func aMillionLettersInUnevenPieces() {
        var hash = SHA256()
        var left = 1_000_000
        var size = 1
        while left > 0 {
            let count = min(size, left)
            hash.update([UInt8](repeating: UInt8(ascii: "a"), count: count))
            left -= count
            size = size * 3 % 4099 + 1
        }
        #expect(hash.digest.description == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func everyCutGivesTheSameHash() {
        let bytes = (0..<200).map { UInt8($0) }
        let whole = SHA256.hash(bytes).bytes
        for cut in 0...bytes.count {
            var hash = SHA256()
            hash.update(bytes[..<cut])
            hash.update(bytes[cut...])
            #expect(hash.digest.bytes == whole)
        }
    }
}
