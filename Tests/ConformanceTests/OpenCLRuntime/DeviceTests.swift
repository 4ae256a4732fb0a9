// The devices of this machine, as they describe themselves.

import OpenCLRuntime
import Testing

@Suite("Devices", .requiresOpenCL)
struct DeviceTests {
    @Test func theListIsNumberedInOrder() throws {
        _ = try OpenCLAvailability.device()
        let devices = try Device.all()
        #expect(devices.map(\.facts.index) == Array(devices.indices))
    }

    @Test func theFactsAreFilled() throws {
        let device = try OpenCLAvailability.device()
        for text in [device.name, device.platformName, device.platformVersion, device.driverVersion, device.vendor] {
            #expect(!text.isEmpty)
        }
        #expect(device.openCLVersion.hasPrefix("OpenCL "))
        #expect(device.globalMemoryBytes >= device.maximumAllocationBytes)
        #expect(device.maximumAllocationBytes > 0)
        #expect(device.localMemoryBytes >= 1024)
        #expect(device.computeUnits >= 1)
        #expect(device.maximumWorkGroupSize >= 1)
        #expect(device.maximumWorkItemSizes.count >= 3)
        #expect(device.preferredFloatVectorWidth >= 1)
        #expect(device.obstacle == nil)
    }

    @Test func eachCanBeChosenByIndexAndName() throws {
        let device = try OpenCLAvailability.device()
        #expect(try Device.choose(.index(device.index)).facts == device.facts)
        let namesakes = try Device.all().filter { $0.name == device.name }
        if namesakes.count == 1 { #expect(try Device.choose(.name(device.name)).facts == device.facts) }
    }

    @Test func oneThatIsNotThereIsRefusedWithTheList() throws {
        let device = try OpenCLAvailability.device()
        let error = #expect(throws: OpenCLError.self) { try Device.choose(DeviceChoice("no such device")) }
        #expect(error?.description.contains(device.description) == true)
    }
}
