// Owns the port through which the controller speaks to AWS.

/** Calls an AWS operation with the SDK's input and output shapes. Rejects with the AWS error. */
export interface Aws {
  /** `service` is `ec2` or `elbv2`. */
  call<Output>(service: string, operation: string, input: object): Promise<Output>
}
