// Owns what security groups of pods need of EC2.

/** The trunk interfaces of a cluster's nodes. */
export interface Trunks {
  /** Gives the instance behind a node its trunk interface; one that has it keeps it. @throws AwsError */
  ensure(nodeName: string): Promise<void>
}
