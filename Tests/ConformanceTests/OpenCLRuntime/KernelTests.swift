// Programs and kernels on the device: building, arguments, launches, times.

import OpenCLRuntime
import Testing

@Suite("Kernels", .requiresOpenCL)
struct KernelTests {
    @Test func runsWithArgumentsOfEveryType() throws {
        let bench = try Workbench()
        let kernel = try bench.kernel(
            "combine",
            """
            __kernel void combine(
                __global float *x, const int a, const uint b, const ulong c, const float d, __local float *scratch)
            {
                const size_t i = get_global_id(0), lane = get_local_id(0);
                scratch[lane] = (float)a + (float)(b >> 31) + (float)(c >> 40) + d;
                barrier(CLK_LOCAL_MEM_FENCE);
                x[i] += scratch[get_local_size(0) - 1 - lane] + (float)get_global_offset(0);
            }
            """)
        let buffer = try bench.buffer([0, 1, 2, 3, 4, 5, 6, 7])
        try kernel.setArguments([
            .buffer(buffer), .int32(-7), .uint32(1 << 31), .uint64(3 << 40), .float(0.5), .local(bytes: 16),
        ])
        try bench.queue.enqueue(kernel, global: [8], local: [4])
        let results = try bench.floats(buffer)
        #expect(results == [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 4.5])
        try bench.queue.enqueue(kernel, global: [4], local: [4], offset: [4])
        #expect(try bench.floats(buffer) == [-2.5, -1.5, -0.5, 0.5, 3, 4, 5, 6])
    }

    @Test func coversThreeDimensionsAndLeavesTheCutToTheDriver() throws {
        let bench = try Workbench()
        let kernel = try bench.kernel(
            "place",
            """
            __kernel void place(__global float *x)
            {
                const size_t i = get_global_id(0), j = get_global_id(1), k = get_global_id(2);
                x[(k * 3 + j) * 2 + i] = (float)(100 * k + 10 * j + i);
            }
            """)
        let buffer = try bench.buffer([Float](repeating: -1, count: 2 * 3 * 2))
        try kernel.setArguments([.buffer(buffer)])
        try bench.queue.enqueue(kernel, global: [2, 3, 2])
        #expect(try bench.floats(buffer) == [0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121])
    }

    @Test func anArgumentKeepsItsBufferAlive() throws {
        let bench = try Workbench()
        let kernel = try bench.kernel("scale", scaleText)
        try kernel.setArguments([.buffer(bench.buffer([1, 2])), .float(2), .float(1)])
        #expect(bench.context.ledger.live(.buffer) == 1)
        try bench.queue.enqueue(kernel, global: [2])
        try bench.queue.finish(during: "test")
    }

    @Test func optionsReachTheCompiler() throws {
        let bench = try Workbench()
        let source = "__kernel void f(__global float *x) { x[0] = FACTOR; }"
        let kernel = try bench.kernel("f", source, options: "-DFACTOR=2.5f")
        let buffer = try bench.buffer([0])
        try kernel.setArguments([.buffer(buffer)])
        try bench.queue.enqueue(kernel, global: [1])
        #expect(try bench.floats(buffer) == [2.5])
    }

    @Test func knowsItsNamesAndLimits() throws {
        let bench = try Workbench()
        let program = try Program(
            bench.context, name: "two", source: scaleText + "\n__kernel void other(__global int *x) { x[0] = 1; }")
        #expect(try program.kernelNames().sorted() == ["other", "scale"])
        let kernel = try Kernel(program, "scale")
        #expect(kernel.argumentCount == 3)
        #expect(try kernel.maximumWorkGroupSize() >= 1)
        #expect(try kernel.maximumWorkGroupSize() <= bench.context.device.maximumWorkGroupSize)
        #expect(try !kernel.requiresWorkGroup)
        let strict = "__attribute__((reqd_work_group_size(2, 1, 1))) __kernel void f(__global int *x) { x[0] = 1; }"
        #expect(try bench.kernel("f", strict).requiresWorkGroup)
    }

    @Test func aBuildErrorShowsProgramOptionsAndLog() throws {
        let bench = try Workbench()
        let error = try #require(throws: OpenCLError.self) {
            try Program(bench.context, name: "broken", source: "__kernel void f() { nonsense; }", options: "-DA=1")
        }
        guard case .buildFailed(let program, _, let options, _) = error else {
            Issue.record("another error: \(error)")
            return
        }
        #expect(program == "broken")
        #expect(options == "-DA=1")
        #expect(error.buildLog?.contains("nonsense") == true)
        #expect(error.description.contains("nonsense"))
        #expect(!error.description.contains("\n"))
    }

    @Test func aKernelThatIsNotThereIsNamed() throws {
        let bench = try Workbench()
        let error = #expect(throws: OpenCLError.self) { try bench.kernel("absent", scaleText) }
        #expect(
            error?.description == "clCreateKernel failed with CL_INVALID_KERNEL_NAME (-46) "
                + "during search for kernel absent in program test")
    }

    @Test func anOversizedWorkGroupIsAnErrorWithItsIntent() throws {
        let bench = try Workbench()
        let kernel = try bench.kernel("scale", scaleText)
        let buffer = try bench.buffer([1])
        try kernel.setArguments([.buffer(buffer), .float(1), .float(0)])
        let size = bench.context.device.maximumWorkGroupSize * 2
        let error = #expect(throws: OpenCLError.self) {
            try bench.queue.enqueue(kernel, global: [size], local: [size])
        }
        guard case .callFailed("clEnqueueNDRangeKernel", _, let intent) = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(intent == "launch of scale over [\(size)]")
    }

    @Test func timesOfACommandDoNotRunBackwards() throws {
        let bench = try Workbench(profiling: true)
        let kernel = try bench.kernel("scale", scaleText)
        let buffer = try bench.buffer([Float](repeating: 1, count: 1024))
        try kernel.setArguments([.buffer(buffer), .float(2), .float(0)])
        let first = try #require(try bench.queue.enqueue(kernel, global: [1024], profile: true))
        let second = try #require(try bench.queue.enqueue(kernel, global: [1024], profile: true))
        try second.wait(during: "test")
        for times in [try first.times(), try second.times()] {
            #expect(times.queued <= times.submitted)
            #expect(times.submitted <= times.start)
            #expect(times.start <= times.end)
            #expect(times.seconds >= 0)
        }
        #expect(try first.times().end <= second.times().start)
    }

    @Test func aPlainQueueHasNoTimes() throws {
        let bench = try Workbench()
        let kernel = try bench.kernel("scale", scaleText)
        try kernel.setArguments([.buffer(bench.buffer([1])), .float(2), .float(0)])
        let event = try #require(try bench.queue.enqueue(kernel, global: [1], profile: true))
        try event.wait(during: "test")
        let error = #expect(throws: OpenCLError.self) { try event.times() }
        #expect(
            error?.description == "clGetEventProfilingInfo failed with CL_PROFILING_INFO_NOT_AVAILABLE (-7) "
                + "during query of the times of a command")
    }

    @Test func withoutProfileThereIsNoEvent() throws {
        let bench = try Workbench(profiling: true)
        let kernel = try bench.kernel("scale", scaleText)
        try kernel.setArguments([.buffer(bench.buffer([1])), .float(2), .float(0)])
        #expect(try bench.queue.enqueue(kernel, global: [1]) == nil)
        try bench.queue.flush()
        try bench.queue.finish(during: "test")
    }
}
