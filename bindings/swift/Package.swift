// swift-tools-version: 6.0
import Foundation
import PackageDescription

// Where the library is: on Apple systems the XCFramework that build-xcframework.sh makes; anywhere else,
// and for the tests, the host's static library in $RIPOSTE_LIBRARY.
let library = ProcessInfo.processInfo.environment["RIPOSTE_LIBRARY"]

let native: Target =
    library == nil
    ? .binaryTarget(name: "RiposteFFI", path: "build/RiposteFFI.xcframework")
    : .systemLibrary(name: "RiposteFFI", path: "Sources/RiposteFFI")

let package = Package(
    name: "Riposte",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "Riposte", targets: ["Riposte"])],
    targets: [
        native,
        // Generated (generate.sh): the calls.
        .target(name: "RiposteCore", dependencies: ["RiposteFFI"], swiftSettings: [.swiftLanguageMode(.v5)],
                linkerSettings: library.map { [.unsafeFlags(["-Xlinker", $0])] } ?? []),
        // Written by hand: what makes them feel at home in Swift.
        .target(name: "Riposte", dependencies: ["RiposteCore"]),
        .executableTarget(name: "Answer", dependencies: ["Riposte"], path: "Sources/Answer"),
        // A phone that the stories of tests/scenarios are told with.
        .executableTarget(name: "StoryPhone", dependencies: ["Riposte", "RiposteCore"], path: "Tests/StoryPhone", swiftSettings: [.swiftLanguageMode(.v5)]),
        .testTarget(
            name: "RiposteTests", dependencies: ["Riposte", "RiposteCore", "Answer", "StoryPhone"], swiftSettings: [.swiftLanguageMode(.v5)]),
    ]
)
