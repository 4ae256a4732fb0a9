// The library as one import: everything that a user of Diptych names.

@_exported import Autodiff
@_exported import Configuration
@_exported import Datasets
@_exported import Evaluation
@_exported import Execution
@_exported import GraphIR
@_exported import Imaging
@_exported import Layers
@_exported import Objectives
@_exported import OpenCLBackend
@_exported import OperationSamples
@_exported import Optimization
@_exported import ReferenceBackend
@_exported import TensorCore
@_exported import TensorFiles
@_exported import Training
