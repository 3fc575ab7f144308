// Owns which settings of node repair are kept: near nodes don't break, so nothing is ever repaired.

/** Members of requests about node groups. */
export const REPAIR = [
  'nodeRepairConfig.enabled',
  'nodeRepairConfig.maxUnhealthyNodeThresholdCount',
  'nodeRepairConfig.maxUnhealthyNodeThresholdPercentage',
  'nodeRepairConfig.maxParallelNodesRepairedCount',
  'nodeRepairConfig.maxParallelNodesRepairedPercentage',
  'nodeRepairConfig.nodeRepairConfigOverrides[].nodeMonitoringCondition',
  'nodeRepairConfig.nodeRepairConfigOverrides[].nodeUnhealthyReason',
  'nodeRepairConfig.nodeRepairConfigOverrides[].minRepairWaitTimeMins',
  'nodeRepairConfig.nodeRepairConfigOverrides[].repairAction',
] as const
