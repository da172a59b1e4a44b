// What events have polled: the measures that some rule wants of each meter. Completeness counts against it.

package import Metering

extension GatewayConfiguration {
    /// Measures wanted of each meter by the poll rules of the event system, by meter ID, ascending by name.
    package var polledMeasures: [Int: [Measure]] {
        var wanted: [Int: Set<Measure>] = [:]
        for rule in eventRules where rule.actionType == .poller {
            guard let template = pollTemplates.first(where: { $0.id == rule.actionID }),
                let data = dataTemplates.first(where: { $0.name == template.dataTemplate })
            else { continue }
            for meter in meters(ofGroupNamed: template.group) {
                wanted[meter.id, default: []].formUnion(data.measures)
            }
        }
        return wanted.mapValues { $0.sorted { $0.rawValue < $1.rawValue } }
    }
}
