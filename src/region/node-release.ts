// Owns what nodes report of their operating system: Amazon Linux 2023 on EC2, Amazon Linux 2 on Fargate.

export const kernelVersion = '6.12.40-64.114.amzn2023.x86_64'
/** Fargate's nodes report Amazon Linux 2 (EKS user guide, "Get started with AWS Fargate"). */
export const fargateKernelVersion = '5.10.240-238.959.amzn2.x86_64'
export const osImage = 'Amazon Linux 2023.8.20250818'
export const containerRuntimeVersion = 'containerd://2.0.5'
