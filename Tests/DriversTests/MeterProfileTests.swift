import Drivers
import Faults
import Metering
import Testing
import VirtualTime

@Suite struct MeterProfileTests {
    private static func faults(_ text: String) -> [Fault] {
        do throws(Faults) {
            _ = try MeterProfiles.profile("maker.json", Array(text.utf8))
            return []
        } catch { return error.all }
    }

    @Test func `every profile that is shipped is sound and is chosen by somebody`() throws {
        #expect(StreetFixture.shippedProfiles.count >= 4)
        for (name, octets) in StreetFixture.shippedProfiles {
            let profile = try MeterProfiles.profile(name, octets)
            #expect(profile.name + ".json" == name)
            let said = try #require(profile.models.first ?? profile.makers.first)
            #expect(StreetFixture.profiles.profile(model: said, maker: said).name == profile.name)
        }
    }

    @Test(arguments: [
        (#"{"models":["a"],"registers":{"AngXY":[]}}"#, FaultCode.inputUnknownReference, "/registers/AngXY"),
        (#"{"models":["a"],"registers":{"AngAB":["1.0.81"]}}"#, .inputFormat, "/registers/AngAB/0"),
        (#"{"models":["a"],"registers":{"AngAB":"1.0.81.7.1"}}"#, .inputType, "/registers/AngAB"),
        (#"{"models":["a"],"registers":{"AngAB":[81]}}"#, .inputType, "/registers/AngAB/0"),
        (#"{"models":["a"],"scalers":{"UA":12}}"#, .inputRange, "/scalers/UA"),
        (#"{"models":["a"],"codes":{"99":{}}}"#, .inputUnknownReference, "/codes/99"),
        (#"{"models":["a"],"codes":{"2":{"x":1}}}"#, .inputUnknownReference, "/codes/2/x"),
        (#"{"models":["a"],"codes":{"2":{"50":1000}}}"#, .inputRange, "/codes/2/50"),
        (#"{"models":["a"],"lists":0}"#, .inputRange, "/lists"),
        (#"{"models":["a"],"proposal":{"window":8}}"#, .inputRange, "/proposal/window"),
        (#"{"models":["a"],"proposal":{"size":8}}"#, .inputUnknownReference, "/proposal/size"),
        (#"{"models":["a"],"disconnectSilence":"5"}"#, .inputType, "/disconnectSilence"),
        (#"{"models":["a"],"colour":"red"}"#, .inputUnknownReference, "/colour"),
        (#"{"models":"a"}"#, .inputType, "/models"),
        (#"{"registers":{}}"#, .inputMissing, "/models"),
        (#"[]"#, .inputType, ""),
        (#"{"models":["a"]"#, .inputNotJSON, ""),
    ])
    func `what is wrong in a profile is told with file and place`(text: String, code: FaultCode, path: String)
    {
        let found = Self.faults(text)
        #expect(found.contains { $0.code == code && $0.path == "maker.json" + path }, "\(found)")
    }

    @Test func `a file too large or full of noise is a fault and no crash`() {
        #expect(Self.faults(String(repeating: " ", count: 70_000)).first?.code == .inputTooLarge)
        for seed in UInt8(0)..<100 {
            let noise = (0..<60).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ Int(seed) &* 11) }
            #expect(throws: Faults.self) { try MeterProfiles.profile("noise.json", noise) }
        }
    }

    @Test func `a damaged file spoils no other, and its meters keep the standard profile`() {
        let files = VirtualFiles([
            "good.json": #"{"models":["Good"],"registers":{"kQA":[]}}"#,
            "bad.json": #"{"models":["Bad"],"lists":-1}"#, "readme.txt": "not a profile",
        ])
        let (profiles, faults) = MeterProfiles.read(from: files)
        #expect(profiles.all.map(\.name) == ["good"])
        #expect(faults.map(\.path) == ["bad.json/lists"])
        #expect(profiles.profile(model: "GOOD 1", maker: "").registers[.kQA] == [])
        #expect(profiles.profile(model: "bad 1", maker: "") == .standard)
        #expect(MeterProfiles.read(from: VirtualFiles()).profiles == .none)
    }

    @Test func `the longest text of the type decides, then that of the maker`() throws {
        func profile(_ name: String, models: [String], makers: [String] = []) -> MeterProfile {
            var profile = MeterProfile.standard
            (profile.name, profile.models, profile.makers) = (name, models, makers)
            return profile
        }
        let profiles = MeterProfiles([
            profile("milur", models: ["милур"]), profile("107s", models: ["милур 107s"]),
            profile("plant", models: [], makers: ["завод"]),
        ])
        #expect(profiles.profile(model: "Милур 107S.22", maker: "").name == "107s")
        #expect(profiles.profile(model: "Милур 307", maker: "Завод").name == "milur")
        #expect(profiles.profile(model: "неизвестный", maker: "Завод № 1").name == "plant")
        #expect(profiles.profile(model: "", maker: "") == .standard)
    }
}
