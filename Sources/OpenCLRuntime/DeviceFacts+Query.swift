// Asks the driver for the facts of a device.

import COpenCL

extension DeviceFacts {
    /// Asks for everything once.
    init(handle: cl_device_id, platform: Platform, index: Int) throws(OpenCLError) {
        let device = DeviceQuery(handle: handle)
        self.init()
        self.index = index
        platformName = platform.name
        platformVersion = platform.version
        name = try device.text(CL_DEVICE_NAME)
        vendor = try device.text(CL_DEVICE_VENDOR)
        driverVersion = try device.text(CL_DRIVER_VERSION)
        openCLVersion = try device.text(CL_DEVICE_VERSION)
        type = DeviceType(flags: try device.value(CL_DEVICE_TYPE, cl_device_type(0)))
        globalMemoryBytes = Int(clamping: try device.value(CL_DEVICE_GLOBAL_MEM_SIZE, cl_ulong(0)))
        maximumAllocationBytes = Int(clamping: try device.value(CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong(0)))
        localMemoryBytes = Int(clamping: try device.value(CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong(0)))
        let isDedicated = try device.number(CL_DEVICE_LOCAL_MEM_TYPE) == CL_LOCAL
        localMemoryType = isDedicated ? .dedicated : .global
        hasUnifiedMemory = try device.number(CL_DEVICE_HOST_UNIFIED_MEMORY) != 0
        computeUnits = try device.number(CL_DEVICE_MAX_COMPUTE_UNITS)
        clockMegahertz = try device.number(CL_DEVICE_MAX_CLOCK_FREQUENCY)
        maximumWorkGroupSize = try device.value(CL_DEVICE_MAX_WORK_GROUP_SIZE, 0)
        maximumArgumentBytes = try device.value(CL_DEVICE_MAX_PARAMETER_SIZE, 0)
        maximumWorkItemSizes = try device.sizes(CL_DEVICE_MAX_WORK_ITEM_SIZES)
        preferredFloatVectorWidth = try device.number(CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT)
        nativeFloatVectorWidth = try device.number(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT)
        isAvailable = try device.number(CL_DEVICE_AVAILABLE) != 0
        hasCompiler = try device.number(CL_DEVICE_COMPILER_AVAILABLE) != 0
        isLittleEndian = try device.number(CL_DEVICE_ENDIAN_LITTLE) != 0
    }
}

extension DeviceType {
    /// The kind that the driver's flags mean; several at once mark a simulator.
    init(flags: cl_device_type) {
        let isGPU = flags & cl_device_type(CL_DEVICE_TYPE_GPU) != 0
        let isCPU = flags & cl_device_type(CL_DEVICE_TYPE_CPU) != 0
        switch (isGPU, isCPU) {
        case (true, true): self = .simulator
        case (true, false): self = .gpu
        case (false, true): self = .cpu
        case (false, false): self = .accelerator
        }
    }
}

private struct DeviceQuery {
    let handle: cl_device_id

    func text(_ parameter: Int32) throws(OpenCLError) -> String {
        try queryString("clGetDeviceInfo", of: what(parameter), query(parameter))
    }

    func value<Value: BitwiseCopyable>(_ parameter: Int32, _ initial: Value) throws(OpenCLError) -> Value {
        try queryValue("clGetDeviceInfo", of: what(parameter), initial: initial, query(parameter))
    }

    func number(_ parameter: Int32) throws(OpenCLError) -> Int {
        Int(try value(parameter, cl_uint(0)))
    }

    func sizes(_ parameter: Int32) throws(OpenCLError) -> [Int] {
        try queryArray("clGetDeviceInfo", of: what(parameter), repeating: 0, query(parameter))
    }

    private func what(_ parameter: Int32) -> String { "device parameter \(parameter)" }

    private func query(_ parameter: Int32) -> Query {
        { clGetDeviceInfo(handle, cl_device_info(parameter), $0, $1, $2) }
    }
}
