"""Owns the judgment of recorded AWS calls: botocore's models (required members, types, enums, patterns, lengths, unknown
members), and limits that AWS documents beside its models. Reads a line of JSON a call, prints a line of JSON a finding."""

import base64
import json
import re
import sys
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.validate import ParamValidator
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.utils import get_service_model
from werkzeug.datastructures import Headers, MultiDict

# Names under which clients sign, where the model has another one.
SERVICES = {
    "servicequotas": "service-quotas",
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
}
# Patterns of models that are written for another engine, or wrong: real AWS takes what they refuse.
UNCHECKED_PATTERNS = {"TagKey", "TagValue"}


def signed_for(headers):
    scope = re.search(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request", headers.get("authorization", ""))
    return scope and scope.group(1)


def rest_operation(model, method, path):
    for name in model.operation_names:
        operation = model.operation_model(name)
        template = operation.http["requestUri"].split("?")[0]
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
        found = re.fullmatch(pattern, path)
        if found and operation.http["method"] == method:
            return operation, {key: unquote(value) for key, value in found.groupdict().items()}
    raise LookupError(f"no operation for {method} {path}")


def operation_of(model, call, form):
    protocol = model.resolved_protocol
    if protocol in ("query", "ec2"):
        return model.operation_model(form["Action"]), {}
    if protocol in ("json",):
        return model.operation_model(call["headers"]["x-amz-target"].split(".")[-1]), {}
    return rest_operation(model, call["method"], urlsplit(call["url"]).path)


def parsed(call):
    service = signed_for(call["headers"])
    if service is None:
        raise LookupError("a call without a signature")
    model = get_service_model(SERVICES.get(service, service))
    parts = urlsplit(call["url"])
    form = MultiDict()
    for text in (parts.query, call["body"] if "form" in call["headers"].get("content-type", "") else ""):
        for key, values in parse_qs(text, keep_blank_values=True).items():
            form.setlist(key, values)
    operation, uri = operation_of(model, call, form)
    parser = PROTOCOL_PARSERS[model.resolved_protocol](operation)
    params = parser.parse(
        {
            "method": call["method"],
            "values": form,
            "headers": Headers(call["headers"]),
            "body": call["body"].encode(),
            "url_path": parts.path,
            "url_params": uri,
        }
    )
    return model, operation, params, form


def unknown_members(shape, value, path):
    """Members of a JSON body that the model has not."""
    if shape.type_name == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for key, inner in value.items():
            if key not in names:
                yield f"{path}.{key} is unknown"
            else:
                yield from unknown_members(names[key], inner, f"{path}.{key}")
    elif shape.type_name == "list" and isinstance(value, list):
        for index, inner in enumerate(value):
            yield from unknown_members(shape.member, inner, f"{path}[{index}]")
    elif shape.type_name == "map" and isinstance(value, dict):
        for key, inner in value.items():
            yield from unknown_members(shape.value, inner, f"{path}.{key}")


def constraints(shape, value, path):
    """What botocore's own validator leaves out: longest, greatest, pattern, enum."""
    meta = shape.metadata
    size = value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    if isinstance(value, (str, bytes, list, dict)) and shape.type_name != "structure":
        size = len(value)
    if size is not None and "max" in meta and size > meta["max"]:
        yield f"{path}: {size} is more than {meta['max']}"
    if isinstance(value, str):
        if getattr(shape, "enum", None) and value not in shape.enum:
            yield f"{path}: {value!r} is none of {', '.join(shape.enum[:8])}"
        if "pattern" in meta and shape.name not in UNCHECKED_PATTERNS:
            try:
                fits = re.fullmatch(java(meta["pattern"]), value, re.DOTALL) is not None
            except re.error:
                fits = True
            if not fits:
                yield f"{path}: {value[:80]!r} does not match {meta['pattern']}"
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, inner in value.items():
            if name in shape.members:
                yield from constraints(shape.members[name], inner, f"{path}.{name}")
    elif shape.type_name == "list":
        for index, inner in enumerate(value):
            yield from constraints(shape.member, inner, f"{path}[{index}]")
    elif shape.type_name == "map":
        for key, inner in value.items():
            yield from constraints(shape.key, key, f"{path}.{key}")
            yield from constraints(shape.value, inner, f"{path}.{key}")


def java(pattern):
    """Escapes that Java's engine has and Python's has not."""
    named = {"\\p{L}": "\\w", "\\p{Z}": "\\s", "\\p{N}": "\\d", "\\p{M}": "", "\\p{S}": "", "\\p{P}": ""}
    for escape, stands_for in named.items():
        pattern = pattern.replace(escape, stands_for)
    return re.sub(r"\\u([0-9a-fA-F]{4})|\\x\{([0-9a-fA-F]+)\}", lambda m: re.escape(chr(int(m.group(1) or m.group(2), 16))), pattern)


# --- limits beside the models -------------------------------------------------------------------------------------

DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")


def of_template(text):
    """CloudFormation quotas; IAM and STS quotas; EC2's API reference of security groups and launch templates."""
    if len(text.encode()) > 51200:
        yield f"TemplateBody has {len(text.encode())} bytes, more than 51200"
    template = json.loads(text)
    for section, most in (("Resources", 500), ("Outputs", 200), ("Mappings", 200), ("Parameters", 200)):
        if len(template.get(section, {})) > most:
            yield f"{section} has more than {most} entries"
    inline = {}
    for name, resource in template.get("Resources", {}).items():
        properties = resource.get("Properties", {})
        if not re.fullmatch(r"[A-Za-z0-9]{1,255}", name):
            yield f"{name} is no logical id"
        if resource["Type"] == "AWS::IAM::Role":
            if len(properties.get("ManagedPolicyArns", [])) > 10:
                yield f"{name} has more than 10 managed policies"
            if len(compact(properties["AssumeRolePolicyDocument"])) > 2048:
                yield f"{name}: its trust policy is longer than 2048 characters"
        if resource["Type"] == "AWS::IAM::Policy":
            for role in properties.get("Roles", []):
                inline[compact(role)] = inline.get(compact(role), 0) + len(compact(properties["PolicyDocument"]))
        yield from (f"{name}: {each}" for each in of_descriptions(properties))
        data = properties.get("LaunchTemplateData", {})
        if isinstance(data.get("UserData"), str) and len(base64.b64decode(data["UserData"], validate=True)) > 16384:
            yield f"{name}: user data of more than 16384 bytes"
    for role, size in inline.items():
        if size > 10240:
            yield f"inline policies of {role} have {size} characters, more than 10240"


def of_descriptions(value):
    if isinstance(value, list):
        for each in value:
            yield from of_descriptions(each)
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("GroupDescription", "Description") and isinstance(inner, str):
                if not DESCRIPTION.fullmatch(inner):
                    yield f"{key} {inner!r} has characters that EC2 refuses, or more than 255"
            else:
                yield from of_descriptions(inner)


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def beside_models(operation, params):
    if operation in ("CreateStack", "UpdateStack", "CreateChangeSet"):
        yield from of_template(params["TemplateBody"])
        if len(params.get("Tags", [])) > 50:
            yield "more than 50 tags"
        if not re.fullmatch(r"[a-zA-Z][-a-zA-Z0-9]{0,127}", params["StackName"]):
            yield f"{params['StackName']} is no name of a stack"
    tags = params.get("tags", params.get("Tags"))
    pairs = tags.items() if isinstance(tags, dict) else [(t.get("Key", ""), t.get("Value", "")) for t in tags or []]
    for key, value in pairs:
        if len(key) > 128 or len(value or "") > 256 or key.startswith("aws:"):
            yield f"tag {key}={value}"
    if operation == "CreateFargateProfile":
        selectors = params.get("selectors", [])
        if not 1 <= len(selectors) <= 5 or any(len(each.get("labels", {})) > 5 for each in selectors):
            yield "1 to 5 selectors of up to 5 labels"
    if operation == "SimulatePrincipalPolicy" and ":assumed-role/" in params["PolicySourceArn"]:
        yield "the ARN of a session is no source of policies"


def judge(call):
    model, operation, params, form = parsed(call)
    shape = operation.input_shape
    where = f"{model.service_name}:{operation.name}"
    found = []
    if shape is not None:
        report = ParamValidator().validate(params, shape)
        if report.has_errors():
            found.extend(report.generate_report().split("\n"))
        found.extend(constraints(shape, params, "input"))
        if model.resolved_protocol in ("json", "rest-json") and call["body"].strip():
            found.extend(unknown_members(shape, json.loads(call["body"]), "input"))
    found.extend(beside_models(operation.name, params))
    return where, found


def main():
    for line in sys.stdin:
        call = json.loads(line)
        try:
            where, found = judge(call)
        except LookupError as error:
            where, found = f"{call['method']} {call['url'].split('?')[0]}", [str(error)]
        print(json.dumps({"operation": where, "found": found}))


main()
