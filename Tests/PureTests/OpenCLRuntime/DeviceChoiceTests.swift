// Which device a request means, on made-up machines.

import OpenCLRuntime
import Testing

@Suite("Choice of a device")
struct DeviceChoiceTests {
    private let pocl = device("pthread-skylake-avx512", "Portable Computing Language", .cpu, units: 2, clock: 3700)
    private let nvidia = device(
        "NVIDIA H200", "NVIDIA CUDA", .gpu, vendor: "NVIDIA Corporation", units: 132, clock: 1980)
    private let intel = device("Intel(R) UHD Graphics", "Intel OpenCL", .gpu, vendor: "Intel", units: 24, clock: 1100)

    private var machine: [DeviceFacts] { numbered([pocl, intel, nvidia]) }

    @Test(arguments: [
        ("", DeviceChoice.automatic), ("auto", .automatic), ("AUTO", .automatic), ("gpu", .type(.gpu)),
        ("CPU", .type(.cpu)), ("0", .index(0)), ("17", .index(17)), ("-1", .index(-1)), ("H200", .name("H200")),
        ("gpu2", .name("gpu2")),
    ])
    func reads(text: String, choice: DeviceChoice) {
        #expect(DeviceChoice(text) == choice)
    }

    @Test(arguments: [
        ("auto", 2), ("gpu", 2), ("cpu", 0), ("1", 1), ("h200", 2), ("UHD", 1), ("portable", 0), ("pthread", 0),
    ])
    func picks(text: String, index: Int) throws {
        #expect(try DeviceChoice(text).pick(from: machine) == index)
    }

    @Test func anExactNameWinsOverAPart() throws {
        let machine = numbered([device("RTX 4090 D", "X", .gpu), device("RTX 4090", "X", .gpu)])
        #expect(try DeviceChoice("rtx 4090").pick(from: machine) == 1)
    }

    @Test func withoutAGPUThereIsTheCPU() throws {
        #expect(try DeviceChoice.automatic.pick(from: numbered([pocl])) == 0)
        let others = numbered([device("oclgrind", "Oclgrind", .simulator), device("card", "Y", .accelerator)])
        #expect(try DeviceChoice.automatic.pick(from: others) == 1)
        #expect(try DeviceChoice.automatic.pick(from: numbered([others[1], others[0], pocl])) == 2)
    }

    @Test func ofEqualsTheFirst() throws {
        #expect(try DeviceChoice.type(.gpu).pick(from: numbered([pocl, nvidia, nvidia])) == 1)
    }

    @Test func aMissingDeviceListsWhatThereIs() {
        let error = #expect(throws: OpenCLError.self) { try DeviceChoice("radeon").pick(from: numbered([pocl])) }
        #expect(
            error?.description == "no OpenCL device fits 'radeon': "
                + "choose one by its index, 0: pthread-skylake-avx512 (Portable Computing Language, cpu), "
                + "or `reference`, which needs no OpenCL")
        #expect(throws: OpenCLError.self) { try DeviceChoice("3").pick(from: machine) }
        #expect(throws: OpenCLError.self) { try DeviceChoice("-1").pick(from: machine) }
        #expect(throws: OpenCLError.self) { try DeviceChoice("gpu").pick(from: numbered([pocl])) }
    }

    @Test func noDeviceAtAllIsSaid() {
        let error = #expect(throws: OpenCLError.self) { try DeviceChoice.automatic.pick(from: []) }
        #expect(error == .noDevice(requested: "auto", available: []))
        #expect(error?.description == "no OpenCL device fits 'auto': there is none; `reference` needs none")
    }

    @Test func aNameThatFitsSeveralIsRefused() {
        let machine = numbered([nvidia, nvidia, pocl])
        let error = #expect(throws: OpenCLError.self) { try DeviceChoice("nvidia").pick(from: machine) }
        #expect(
            error?.description == "'nvidia' fits several OpenCL devices: 0: NVIDIA H200 (NVIDIA CUDA, gpu); "
                + "1: NVIDIA H200 (NVIDIA CUDA, gpu); give an index")
    }

    @Test func whatCannotBeUsedIsPassedOverOrExplained() throws {
        var old = nvidia
        old.openCLVersion = "OpenCL 1.1 old"
        var off = intel
        off.isAvailable = false
        let machine = numbered([old, off, pocl])
        #expect(try DeviceChoice.automatic.pick(from: machine) == 2)
        let error = #expect(throws: OpenCLError.self) { try DeviceChoice("0").pick(from: machine) }
        #expect(
            error?.description == "OpenCL device 0: NVIDIA H200 (NVIDIA CUDA, gpu) cannot be used: "
                + "it offers OpenCL 1.1 old, and 1.2 is needed")
        #expect(throws: OpenCLError.self) { try DeviceChoice("uhd").pick(from: machine) }
    }

    @Test func scoresFollowThePeak() {
        #expect(pocl.score == 2 * 3700 * 16 * 2 / 1000)
        #expect(nvidia.score == 132 * 1980 * 128 * 2 / 1000)
        #expect(nvidia.score > intel.score)
        #expect(device("unknown", "X", .gpu, clock: 0).score >= 0)
    }
}

private func device(
    _ name: String, _ platform: String, _ type: DeviceType, vendor: String = "", units: Int = 8, clock: Int = 1000
) -> DeviceFacts {
    var facts = DeviceFacts()
    facts.name = name
    facts.platformName = platform
    facts.type = type
    facts.vendor = vendor
    facts.computeUnits = units
    facts.clockMegahertz = clock
    facts.nativeFloatVectorWidth = 16
    facts.openCLVersion = "OpenCL 3.0 made up"
    return facts
}

private func numbered(_ devices: [DeviceFacts]) -> [DeviceFacts] {
    devices.enumerated().map { index, device in
        var device = device
        device.index = index
        return device
    }
}
