// Owns the names of what an Auto Scaling group does by itself and may be kept from.
// Source: Auto Scaling user guide, "Suspend and resume Auto Scaling processes".

export const SCALING_PROCESSES = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
] as const
