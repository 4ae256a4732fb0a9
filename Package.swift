// swift-tools-version: 6.2
// The diagram of the house: targets stand in rows, and an arrow only ever points down.
// `Sources/README.md` tells what lives in each room.

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
    name: "Diptych",
    products: [
        .library(name: "Diptych", targets: ["Diptych"]),
        .executable(name: "diptych", targets: ["DiptychCommand"]),
    ],
    targets: [
        // Row 0: C libraries, the kernels' text, and the words that all rooms share.
        .systemLibrary(
            name: "COpenCL", pkgConfig: "OpenCL", providers: [.apt(["ocl-icd-opencl-dev", "opencl-headers"])]),
        .systemLibrary(name: "CCLBlast", pkgConfig: "clblast", providers: [.apt(["libclblast-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CSPNG", pkgConfig: "spng", providers: [.apt(["libspng-dev"])]),
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .target(name: "CCLBlastParameters", dependencies: ["CCLBlast"]),
        .target(name: "CKernelSource"),
        room("TensorCore"),

        // Row 1
        room("OpenCLRuntime", ["COpenCL"]),
        room("GraphIR", ["TensorCore"]),
        room("TensorFiles", ["TensorCore"]),
        room("Imaging", ["TensorCore", "CSPNG", "CTurboJPEG"]),
        room("Configuration", ["TensorCore", "CYAML"]),

        // Row 2
        room("Autodiff", ["GraphIR"]),
        room("Execution", ["GraphIR"]),
        room("Layers", ["GraphIR"]),
        room("Datasets", ["Imaging", "TensorFiles", "CArchive"]),

        // Row 3
        room("ReferenceBackend", ["Execution"]),
        room("Objectives", ["Layers"]),
        room("Optimization", ["Autodiff", "Execution"]),
        room("OperationSamples", ["Autodiff", "Execution"]),
        room("OpenCLBackend", ["Execution", "OpenCLRuntime", "CKernelSource", "CCLBlast", "CCLBlastParameters"]),

        // Row 4
        room("Evaluation", ["Execution", "Layers", "Objectives", "Optimization", "Datasets"]),

        // Row 5
        room("Training", ["Evaluation", "Configuration"]),

        // Row 6: the library that users import, and the command.
        room("Diptych", ["Training", "OperationSamples", "ReferenceBackend", "OpenCLBackend"]),
        .executableTarget(name: "DiptychCommand", dependencies: ["Diptych"], swiftSettings: settings),

        // Tests: without a backend, on every backend, and of whole runs through the command line.
        .target(
            name: "TestSupport", dependencies: ["Diptych"], path: "Tests/TestSupport", swiftSettings: settings),
        tests("PureTests", ["Diptych", "TestSupport"]),
        tests("ConformanceTests", ["Diptych"]),
        tests("SystemTests", ["Diptych", "DiptychCommand", "TestSupport"]),
    ],
    cLanguageStandard: .c2x,
    cxxLanguageStandard: .cxx17
)
