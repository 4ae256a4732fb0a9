// What a kernel is given: memory, numbers, or a size of local memory.

/// One argument of a kernel, of exactly the type that its text declares.
package enum KernelArgument: Sendable {
    /// `__global` memory.
    case buffer(Buffer)
    /// `int`.
    case int32(Int32)
    /// `uint`.
    case uint32(UInt32)
    /// `ulong`.
    case uint64(UInt64)
    /// `float`.
    case float(Float)
    /// `__local` memory of so many bytes.
    case local(bytes: Int)
}
