// Owns what nodes report of their operating system: one release for all, as of an Amazon Linux 2023 node of EKS.

export const kernelVersion = '6.12.40-64.114.amzn2023.x86_64'
export const osImage = 'Amazon Linux 2023.8.20250818'
export const containerRuntimeVersion = 'containerd://2.0.5'
