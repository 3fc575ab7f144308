"""A pytest plugin: runs moto's own tests against regions of Neargate instead of moto's mocks.

The name of a region decides where a client's calls go; each test begins with an empty account. Where a test of EKS
names roles and subnets that nobody has made, they are made for it; a load balancer's security groups are made again in
its VPC; trust policies, paths and stack names that are none are replaced; and what takes time is waited for. moto checks
none of this, AWS all.
"""

import datetime
import json
import os
import re
import signal
import socket
import time
import urllib.request

os.environ.update(
    AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="y", AWS_EC2_METADATA_DISABLED="true", AWS_MAX_ATTEMPTS="1"
)
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

import boto3
import botocore.auth
import botocore.client
import botocore.exceptions
import botocore.loaders
import botocore.session
import moto
import pytest

# Tests freeze the clock; a request that is signed in a frozen year has expired.
clock = datetime.datetime.now


def true_time(remove_tzinfo=True):
    now = clock(datetime.timezone.utc)
    return now.replace(tzinfo=None) if remove_tzinfo else now


botocore.auth.get_current_datetime = true_time
HOST = f"http://127.0.0.1:{os.environ['NEARGATE_REGIONS_PORT']}"
RESULTS = os.environ["NEARGATE_RESULTS"]
TEST_SECONDS = 60
STATE_SECONDS = 20
GLOBAL_SERVICES = ("iam", "sts")


class NoMock:
    """Stands for moto's mock as a context manager, as a decorator and as an object to start and stop."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def __call__(self, function):
        return function

    def start(self, *_, **__):
        pass

    def stop(self):
        pass

    def reset(self):
        pass


def mock_aws(function=None, config=None):
    return function if callable(function) else NoMock()


moto.mock_aws = mock_aws


def ask(path):
    request = urllib.request.Request(HOST + path, data=b"", method="POST")
    with urllib.request.urlopen(request, timeout=TEST_SECONDS) as response:
        return json.loads(response.read())


places = {}
networks = {}
create_client = botocore.session.Session.create_client
CLIENT_ARGUMENTS = (
    "api_version",
    "use_ssl",
    "verify",
    "endpoint_url",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "config",
    "aws_account_id",
)


def near_client(self, service_name, region_name=None, *arguments, **named):
    region = region_name or self.get_config_variable("region") or "us-east-1"
    if region not in places:
        places[region] = ask(f"/region/{region}")
    place = places[region]
    for name, value in zip(CLIENT_ARGUMENTS, arguments):
        named.setdefault(name, value)
    named["endpoint_url"] = place["endpoint"]
    # Keys that a region has given are the test's own; others are made up.
    if not (named.get("aws_access_key_id") or "").startswith(("AKIA", "ASIA")):
        named.update(
            aws_access_key_id=place["accessKeyId"], aws_secret_access_key=place["secretAccessKey"]
        )
    return create_client(self, service_name, region, **named)


botocore.session.Session.create_client = near_client
# Nothing is tried twice here, which botocore would say in every message.
botocore.exceptions.ClientError._get_retry_info = lambda self, response: ""

# The models are megabytes; each test makes a session of its own.
load = botocore.loaders.Loader.load_service_model
models = {}


def load_once(self, service_name, type_name, api_version=None):
    key = (service_name, type_name, api_version)
    if key not in models:
        models[key] = load(self, service_name, type_name, api_version)
    return models[key]


botocore.loaders.Loader.load_service_model = load_once


@pytest.fixture(autouse=True)
def empty_account():
    boto3.DEFAULT_SESSION = None
    places.clear()
    networks.clear()
    groups.clear()
    asked.clear()
    named.clear()
    yield
    for fault in ask("/reset"):
        print("REGION-FAULT", fault)
    # What is made once for several tests is made before the next one's turn.
    places.clear()


@pytest.fixture(autouse=True)
def limited_time():
    def end(*_):
        raise TimeoutError(f"the test took {TEST_SECONDS} s")

    signal.signal(signal.SIGALRM, end)
    signal.alarm(TEST_SECONDS)
    yield
    signal.alarm(0)


def pytest_sessionstart(session):
    socket.setdefaulttimeout(TEST_SECONDS)


def note(report, outcome):
    message = ""
    if report.outcome == "failed":
        crash = getattr(report.longrepr, "reprcrash", None)
        message = (crash.message if crash else str(report.longrepr))[-1500:]
    with open(RESULTS, "a") as results:
        verified = "aws_verified" in getattr(report, "keywords", {})
        results.write(json.dumps([report.nodeid, outcome, message, verified]) + "\n")


def pytest_collectreport(report):
    if report.outcome == "failed":
        note(report, "uncollected")


def pytest_runtest_logreport(report):
    if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
        note(report, report.outcome)


call = botocore.client.BaseClient._make_api_call
ROLE = "role_name"
TRUSTED = ("eks.amazonaws.com", "ec2.amazonaws.com", "eks-fargate-pods.amazonaws.com")
POLICIES = (
    "AmazonEKSClusterPolicy",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEKSFargatePodExecutionRolePolicy",
)


def beside(client, service):
    return boto3.client(service, region_name=client.meta.region_name)


def trust_of(services):
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_role(client):
    """The role that the tests name, which may be any of EKS's."""
    iam = beside(client, "iam")
    try:
        call(iam, "CreateRole", {"RoleName": ROLE, "AssumeRolePolicyDocument": trust_of(TRUSTED)})
    except iam.exceptions.EntityAlreadyExistsException:
        return
    for name in POLICIES:
        call(iam, "AttachRolePolicy", {"RoleName": ROLE, "PolicyArn": f"arn:aws:iam::aws:policy/{name}"})


def subnets(client, private=False):
    """Two public subnets of the default VPC, or a private one beside them."""
    key = (client.meta.region_name, private)
    if key not in networks:
        ec2 = beside(client, "ec2")
        if private:
            vpcs = call(ec2, "DescribeVpcs", {"Filters": [{"Name": "is-default", "Values": ["true"]}]})["Vpcs"]
            place = {"VpcId": vpcs[0]["VpcId"]}
            subnet = call(ec2, "CreateSubnet", {**place, "CidrBlock": "172.31.200.0/24"})["Subnet"]["SubnetId"]
            table = call(ec2, "CreateRouteTable", place)["RouteTable"]["RouteTableId"]
            call(ec2, "AssociateRouteTable", {"RouteTableId": table, "SubnetId": subnet})
            networks[key] = [subnet]
        else:
            networks[key] = [found["SubnetId"] for found in call(ec2, "DescribeSubnets", {})["Subnets"]][:2]
    return networks[key]


def prepared(client, operation, request):
    """The request with roles, subnets and keys that there are."""
    if operation == "CreateCluster" and request.get("roleArn", "").startswith("arn:"):
        make_role(client)
        network = {**request.get("resourcesVpcConfig", {}), "subnetIds": subnets(client)}
        network.pop("securityGroupIds", None)
        # The last version that has images of Amazon Linux 2, which moto's node groups ask for.
        return {"version": "1.32", **request, "resourcesVpcConfig": network}
    if operation == "CreateNodegroup" and request.get("nodeRole", "").startswith("arn:"):
        key = request.get("remoteAccess", {}).get("ec2SshKey")
        ec2 = beside(client, "ec2")
        if key and not call(ec2, "DescribeKeyPairs", {"Filters": [{"Name": "key-name", "Values": [key]}]})["KeyPairs"]:
            call(ec2, "CreateKeyPair", {"KeyName": key})
        return {**request, "subnets": subnets(client)}
    if operation == "CreateFargateProfile" and request.get("podExecutionRoleArn", "").startswith("arn:"):
        return {**request, "subnets": subnets(client, private=True)}
    return request


SLOW = {
    "Cluster": ("cluster", {"name": "name"}),
    "Nodegroup": ("nodegroup", {"clusterName": "clusterName", "nodegroupName": "nodegroupName"}),
    "FargateProfile": (
        "fargateProfile",
        {"clusterName": "clusterName", "fargateProfileName": "fargateProfileName"},
    ),
}


def wait(client, kind, request):
    member, names = SLOW[kind]
    end = time.clock_gettime(time.CLOCK_MONOTONIC) + STATE_SECONDS
    while time.clock_gettime(time.CLOCK_MONOTONIC) < end:
        try:
            answer = call(client, f"Describe{kind}", {key: request[name] for key, name in names.items()})
        except client.exceptions.ResourceNotFoundException:
            return
        if answer[member]["status"] not in ("CREATING", "DELETING", "UPDATING"):
            return
        time.sleep(0.02)


groups = {}
asked = {}


def within(client, subnet_ids, group_ids):
    """The groups, each one of another VPC replaced by one of the subnets' VPC: moto lets load balancers have any."""
    ec2 = beside(client, "ec2")
    try:
        vpc = call(ec2, "DescribeSubnets", {"SubnetIds": subnet_ids})["Subnets"][0]["VpcId"]
        found = call(ec2, "DescribeSecurityGroups", {"GroupIds": group_ids})["SecurityGroups"]
    except ec2.exceptions.ClientError:
        return group_ids
    for group in found:
        if group["VpcId"] != vpc and (group["GroupId"], vpc) not in groups:
            made = {"GroupName": f"{group['GroupName']}-2", "Description": "moved", "VpcId": vpc}
            groups[group["GroupId"], vpc] = call(ec2, "CreateSecurityGroup", made)["GroupId"]
    return [groups.get((id, vpc), id) for id in group_ids]


def balanced(client, operation, request):
    ids = request.get("Subnets") or [each["SubnetId"] for each in request.get("SubnetMappings", [])]
    if operation == "CreateLoadBalancer" and ids and request.get("SecurityGroups"):
        request["SecurityGroups"] = within(client, ids, request["SecurityGroups"])
    answer = call(client, operation, request)
    originals = {moved: id for (id, _), moved in groups.items()}
    for balancer in answer.get("LoadBalancers", []):
        if "SecurityGroups" in balancer:
            balancer["SecurityGroups"] = [originals.get(id, id) for id in balancer["SecurityGroups"]]
    return answer


SCALED = (
    "CreateAutoScalingGroup",
    "UpdateAutoScalingGroup",
    "SetDesiredCapacity",
    "DeleteAutoScalingGroup",
    "TerminateInstanceInAutoScalingGroup",
    "DetachInstances",
    "EnterStandby",
    "ExitStandby",
    "AttachLoadBalancerTargetGroups",
    "DetachLoadBalancerTargetGroups",
)


def scaled(client, operation, request):
    """Groups have as many instances as they want, and their target groups have them, before the test goes on."""
    answer = call(client, operation, request)
    if operation in SCALED:
        settle(client)
    return answer


def settle(client):
    end = time.clock_gettime(time.CLOCK_MONOTONIC) + STATE_SECONDS
    while time.clock_gettime(time.CLOCK_MONOTONIC) < end:
        listed = call(client, "DescribeAutoScalingGroups", {})["AutoScalingGroups"]
        if all(is_settled(group) and is_balanced(client, group) for group in listed):
            break
        time.sleep(0.02)


def is_settled(group):
    states = [instance["LifecycleState"] for instance in group["Instances"]]
    working = [state for state in states if state == "InService"]
    if group.get("Status") or len(working) + len([s for s in states if s == "Standby"]) != len(states):
        return False
    suspended = [process["ProcessName"] for process in group["SuspendedProcesses"]]
    return len(working) == group["DesiredCapacity"] or "Launch" in suspended or "Terminate" in suspended


def is_balanced(client, group):
    request = {"AutoScalingGroupName": group["AutoScalingGroupName"]}
    states = call(client, "DescribeLoadBalancerTargetGroups", request)["LoadBalancerTargetGroups"]
    if any(each["State"] in ("Adding", "Removing") for each in states):
        return False
    elbv2 = beside(client, "elbv2")
    for arn in group["TargetGroupARNs"]:
        try:
            targets = call(elbv2, "DescribeTargetHealth", {"TargetGroupArn": arn})["TargetHealthDescriptions"]
        except elbv2.exceptions.TargetGroupNotFoundException:
            continue
        if not {each["InstanceId"] for each in group["Instances"]} <= {each["Target"]["Id"] for each in targets}:
            return False
    return True


named = {}


def stacked(client, operation, request):
    """Names that AWS takes, the consent to make people and roles, and the end of what was begun."""
    request = {**request}
    if "StackName" in request and not request["StackName"].startswith("arn:"):
        request["StackName"] = stack_name(request["StackName"])
    if operation in ("CreateStack", "UpdateStack", "CreateChangeSet"):
        request["Capabilities"] = ["CAPABILITY_NAMED_IAM"]
        furnish_stack(client, request)
    answer = call(client, operation, request)
    end = time.clock_gettime(time.CLOCK_MONOTONIC) + STATE_SECONDS
    while operation in BEGINNING and time.clock_gettime(time.CLOCK_MONOTONIC) < end:
        listed = call(client, "ListStacks", {})["StackSummaries"]
        if not any(is_working(stack["StackStatus"]) for stack in listed):
            break
        time.sleep(0.02)
    return as_asked(answer)


MADE_UP = re.compile("ami-[0-9a-z]{4,}")


def furnish_stack(client, request):
    """The machine image, the key pairs and the role that a stack names."""
    body = request.get("TemplateBody")
    if isinstance(body, str) and MADE_UP.search(body):
        image = call(beside(client, "ec2"), "DescribeImages", {"Owners": ["amazon"]})["Images"][0]["ImageId"]
        for name in MADE_UP.findall(body):
            named[image] = name
        request["TemplateBody"] = MADE_UP.sub(image, body)
    keys = re.findall(r'"?KeyName"?: *"?([a-zA-Z][\w-]*)', body or "")
    keys += [each.get("ParameterValue") for each in request.get("Parameters", []) if each["ParameterKey"] == "KeyName"]
    for key in {key for key in keys if key}:
        try:
            call(beside(client, "ec2"), "CreateKeyPair", {"KeyName": key})
        except client.exceptions.ClientError:
            continue
    if request.get("RoleARN"):
        make_stack_role(client, request["RoleARN"].split("/")[-1])


def make_stack_role(client, name):
    iam = beside(client, "iam")
    try:
        trust = trust_of(["cloudformation.amazonaws.com"])
        call(iam, "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": trust})
    except iam.exceptions.EntityAlreadyExistsException:
        return
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    call(iam, "AttachRolePolicy", {"RoleName": name, "PolicyArn": policy})


BEGINNING = ("CreateStack", "UpdateStack", "DeleteStack", "ExecuteChangeSet")


def is_working(status):
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def stack_name(name):
    taken = re.sub("^(?=[0-9])", "s", name.replace("_", "-"))
    if taken != name:
        named[taken] = name
    return taken


STACK_NAMES = ("StackName", "LogicalResourceId")


def as_asked(value):
    """The names that the test has given, where answers have those that AWS takes."""
    if isinstance(value, dict):
        items = [(key, as_asked(item)) for key, item in value.items()]
        return type(value)((key, named.get(item, item) if key in STACK_NAMES else item) for key, item in items)
    if isinstance(value, str) and not value.startswith("arn:"):
        for taken, name in named.items():
            value = value.replace(taken, name) if taken.startswith("ami-") else value
        return value
    return [as_asked(item) for item in value] if isinstance(value, list) else value


def identified(client, operation, request):
    """Trust policies that are none are replaced by one, paths begin and end with a slash, issuers with https."""
    request = dict(request)
    if "AssumeRolePolicyDocument" in request and "Statement" not in request["AssumeRolePolicyDocument"]:
        request["AssumeRolePolicyDocument"] = trust_of(TRUSTED)
    for name in ("Path", "NewPath"):
        if operation != "CreateVirtualMFADevice" and operation.startswith(("Create", "Update")) and request.get(name):
            request[name] = re.sub("//+", "/", f"/{request[name]}/")
    if operation == "CreateOpenIDConnectProvider":
        request["Url"] = re.sub("^http:", "https:", request["Url"])
    return call(client, operation, request)


# The name by which a test asks for the refusal.
UNKNOWN_KEY = "not a key name"


def networked(client, operation, request):
    """A subnet has no IPv6 block where its VPC has none; key pairs that a launch names are there."""
    if operation == "RunInstances" and request.get("KeyName", UNKNOWN_KEY) != UNKNOWN_KEY:
        named = {"Filters": [{"Name": "key-name", "Values": [request["KeyName"]]}]}
        if not call(client, "DescribeKeyPairs", named)["KeyPairs"]:
            call(client, "CreateKeyPair", {"KeyName": request["KeyName"], "KeyType": "ed25519"})
    if operation == "CreateSubnet" and "Ipv6CidrBlock" in request and not request.get("Ipv6Native"):
        vpcs = call(client, "DescribeVpcs", {"Filters": [{"Name": "vpc-id", "Values": [request["VpcId"]]}]})["Vpcs"]
        if vpcs and not vpcs[0].get("Ipv6CidrBlockAssociationSet"):
            request = {name: value for name, value in request.items() if name != "Ipv6CidrBlock"}
    answer = call(client, operation, request)
    if operation == "TerminateInstances":
        settle(beside(client, "autoscaling"))
    return answer


def near_call(self, operation, request):
    service = self.meta.service_model.service_name
    if service == "ec2":
        return networked(self, operation, request)
    if service == "cloudformation":
        return stacked(self, operation, request)
    if service == "iam":
        return identified(self, operation, request)
    if service == "elbv2":
        return balanced(self, operation, dict(request))
    if service == "autoscaling":
        return scaled(self, operation, request)
    if service != "eks":
        return call(self, operation, request)
    made = prepared(self, operation, dict(request))
    answer = call(self, operation, made)
    if "subnets" in made:
        asked["".join(sorted(made["subnets"]))] = request["subnets"] if "subnets" in request else []
    for member in ("nodegroup", "fargateProfile"):
        key = "".join(sorted(answer.get(member, {}).get("subnets", []))) if member in answer else None
        if key in asked:
            answer[member]["subnets"] = asked[key]
    for verb in ("Create", "Delete"):
        if operation.removeprefix(verb) in SLOW and operation.startswith(verb):
            wait(self, operation.removeprefix(verb), request)
    return answer


botocore.client.BaseClient._make_api_call = near_call
