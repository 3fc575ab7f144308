// Owns where the DaemonSet of the VPC CNI is in a cluster of EKS: what it is told decides what pods have of the network.

/** Its key, as informers have it. */
export const AWS_NODE = 'kube-system/aws-node'
