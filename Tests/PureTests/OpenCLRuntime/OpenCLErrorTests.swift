// Every failure of the runtime, as a person reads it.

import OpenCLRuntime
import Testing

@Suite("Errors of OpenCL")
struct OpenCLErrorTests {
    @Test func aCallNamesStatusAndIntent() {
        let error = OpenCLError.callFailed(call: "clFinish", status: -5, intent: "download of logits")
        #expect(error.description == "clFinish failed with CL_OUT_OF_RESOURCES (-5) during download of logits")
        #expect(error.buildLog == nil)
    }

    @Test func aStatusOfTheFutureIsANumber() {
        let error = OpenCLError.callFailed(call: "clFlush", status: -777, intent: "a test")
        #expect(error.description == "clFlush failed with an unknown status (-777) during a test")
    }

    @Test(arguments: [(0, "CL_SUCCESS"), (-4, "CL_MEM_OBJECT_ALLOCATION_FAILURE"), (-54, "CL_INVALID_WORK_GROUP_SIZE")])
    func statusesHaveNames(status: Int32, name: String) {
        #expect(statusName(status) == name)
    }

    @Test func aFailedBuildShowsTheErrorsInOneLineAndKeepsTheLog() {
        let log = """
            warning: unused variable 'a'
            t.cl:3:5: error: use of undeclared identifier 'k'
                k = 1;
            t.cl:9:1: error: expected '}'
            """
        let error = OpenCLError.buildFailed(program: "convolution", device: "H200", options: "-DTILE=4", log: log)
        #expect(
            error.description == "program convolution does not build on H200 with '-DTILE=4': "
                + "t.cl:3:5: error: use of undeclared identifier 'k' | t.cl:9:1: error: expected '}'")
        #expect(error.buildLog == log)
    }

    @Test func aFailedBuildWithoutErrorsInItsLogShowsTheFirstLine() {
        let plain = OpenCLError.buildFailed(program: "p", device: "d", options: "", log: "\n  Linking failed  \nmore")
        #expect(plain.description == "program p does not build on d: Linking failed")
        let silent = OpenCLError.buildFailed(program: "p", device: "d", options: "", log: "")
        #expect(silent.description == "program p does not build on d: the compiler gave no log")
    }

    @Test func limitsAndFoldersSayWhatToDo() {
        #expect(
            OpenCLError.bufferTooLarge(label: "x", byteCount: 9, limit: 8).description
                == "buffer 'x' needs 9 bytes, and the device allows 8 in one: use a smaller batch")
        #expect(
            OpenCLError.cacheNotWritable(path: "/c", reason: "Read-only file system").description
                == "cannot use the cache folder /c: Read-only file system; set DIPTYCH_CACHE to a writable folder")
    }
}
