# SPDX-License-Identifier: Apache-2.0
"""
What the formats that feeds are exported in ask for, written down from their specifications and not from what Davy writes: STIX 2.1 (OASIS,
sections 2, 3, 4.6, 4.7, 8 and 9), MISP's core format (draft-dulaunoy-misp-core-format), Kyverno's and Gatekeeper's resources, names in
Kubernetes (RFC 1123). For jsonschema.
"""
UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
# RFC 3339, in UTC; three digits at most are what every reader keeps
STIX_TIME = {'type': 'string', 'pattern': r'^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,6})?Z$'}
TEXT = {'type': 'string', 'minLength': 1}
TEXTS = {'type': 'array', 'minItems': 1, 'items': TEXT}


def stix_object(kind, required, properties):
    """Common properties of domain objects (3.2); a property that the kind does not have is a mistake in its name."""
    common = {'type': {'const': kind}, 'spec_version': {'const': '2.1'}, 'id': {'type': 'string', 'pattern': f'^{kind}--{UUID}$'},
              'created_by_ref': {'type': 'string', 'pattern': f'^identity--{UUID}$'}, 'created': STIX_TIME, 'modified': STIX_TIME,
              'revoked': {'type': 'boolean'}, 'labels': TEXTS, 'confidence': {'type': 'integer', 'minimum': 0, 'maximum': 100},
              'lang': TEXT, 'external_references': {'type': 'array', 'minItems': 1}, 'object_marking_refs': TEXTS,
              'granular_markings': {'type': 'array', 'minItems': 1}, 'extensions': {'type': 'object'}}
    return {'type': 'object', 'required': ['type', 'spec_version', 'id', 'created', 'modified', *required], 'properties': common | properties,
            'additionalProperties': False, 'propertyNames': {'pattern': '^[a-z0-9_]{2,250}$'}}


IDENTITY = stix_object('identity', ['name'], {
    'name': TEXT, 'description': TEXT, 'roles': TEXTS, 'sectors': TEXTS, 'contact_information': TEXT,
    'identity_class': {'enum': ['individual', 'group', 'system', 'organization', 'class', 'unknown', 'unspecified']}})
# 9.1 to 9.3: one observation, a comparison of one path of a file with a text; hash names are quoted where they have a dash (10.7)
PATTERN = r"^\[\s*file:hashes\.('SHA-256'\s*=\s*'[0-9a-f]{64}')\s*\]$"
INDICATOR = stix_object('indicator', ['pattern', 'pattern_type', 'valid_from'], {
    'name': TEXT, 'description': TEXT, 'pattern': {'type': 'string', 'pattern': PATTERN}, 'pattern_type': {'const': 'stix'},
    'pattern_version': {'const': '2.1'}, 'valid_from': STIX_TIME, 'valid_until': STIX_TIME, 'kill_chain_phases': {'type': 'array', 'minItems': 1},
    'indicator_types': {'type': 'array', 'minItems': 1, 'items': {'enum': [
        'anomalous-activity', 'anonymization', 'benign', 'compromised', 'malicious-activity', 'attribution', 'unknown']}}})
STIX_BUNDLE = {'type': 'object', 'required': ['type', 'id'], 'additionalProperties': False,  # 8: no spec_version since 2.1
               'properties': {'type': {'const': 'bundle'}, 'id': {'type': 'string', 'pattern': f'^bundle--{UUID}$'},
                              'objects': {'type': 'array', 'minItems': 1, 'items': {'oneOf': [IDENTITY, INDICATOR]}}}}
STIX_OWN_NAMESPACE = '00abedb4-aa42-466c-9c01-fed23315a9b7'  # 2.9: not for the names of domain objects

SECONDS = {'type': 'string', 'pattern': '^[0-9]{1,11}$'}
MISP_TAG = {'type': 'object', 'required': ['name'], 'properties': {'name': {'type': 'string', 'pattern': '^[a-z0-9_-]+:[a-z0-9_-]+="[^"]+"$'}}}
MISP_ATTRIBUTE = {
    'type': 'object', 'required': ['uuid', 'type', 'category', 'value', 'to_ids', 'distribution', 'timestamp'],
    'properties': {'uuid': {'type': 'string', 'pattern': f'^{UUID}$'}, 'type': {'const': 'sha256'},
                   # categories that take a sha256
                   'category': {'enum': ['Payload delivery', 'Artifacts dropped', 'Payload installation', 'External analysis']},
                   'value': {'type': 'string', 'pattern': '^[0-9a-f]{64}$'}, 'to_ids': {'type': 'boolean'}, 'comment': {'type': 'string'},
                   'distribution': {'enum': ['0', '1', '2', '3', '4', '5']}, 'timestamp': SECONDS, 'deleted': {'type': 'boolean'},
                   'first_seen': {'type': 'string', 'pattern': r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|\+00:00)$'}, 'last_seen': {},
                   'Tag': {'type': 'array', 'items': MISP_TAG}},
    'additionalProperties': False}
MISP = {'type': 'object', 'required': ['Event'], 'properties': {'Event': {
    'type': 'object', 'required': ['uuid', 'info', 'date', 'threat_level_id', 'analysis', 'distribution', 'published', 'timestamp', 'Orgc', 'Attribute'],
    'properties': {'uuid': {'type': 'string', 'pattern': f'^{UUID}$'}, 'info': TEXT, 'date': {'type': 'string', 'pattern': r'^\d{4}-\d\d-\d\d$'},
                   'threat_level_id': {'enum': ['1', '2', '3', '4']}, 'analysis': {'enum': ['0', '1', '2']}, 'distribution': {'enum': ['0', '1', '2', '3', '4']},
                   'published': {'type': 'boolean'}, 'timestamp': SECONDS, 'Attribute': {'type': 'array', 'items': MISP_ATTRIBUTE},
                   'Orgc': {'type': 'object', 'required': ['name', 'uuid'], 'properties': {'name': TEXT, 'uuid': {'type': 'string', 'pattern': f'^{UUID}$'}}}},
    'additionalProperties': False}}}

LABEL = {'type': 'string', 'pattern': '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$'}
METADATA = {'type': 'object', 'required': ['name'], 'properties': {'name': LABEL, 'annotations': {
    'type': 'object', 'propertyNames': {'pattern': '^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'},
    'additionalProperties': {'type': 'string'}}}}
DIGESTS = {'type': 'array', 'items': {'type': 'string', 'pattern': '^sha256:[0-9a-f]{64}$'}}
KYVERNO = {'type': 'object', 'required': ['apiVersion', 'kind', 'metadata', 'spec'], 'additionalProperties': False, 'properties': {
    'apiVersion': {'const': 'kyverno.io/v1'}, 'kind': {'const': 'ClusterPolicy'}, 'metadata': METADATA,
    'spec': {'type': 'object', 'required': ['validationFailureAction', 'rules'], 'properties': {
        'validationFailureAction': {'enum': ['Audit', 'Enforce']}, 'background': {'type': 'boolean'},
        'rules': {'type': 'array', 'minItems': 1, 'items': {'type': 'object', 'required': ['name', 'match', 'validate'], 'additionalProperties': False, 'properties': {
            'name': {'type': 'string', 'maxLength': 63}, 'preconditions': {'type': 'object', 'required': ['all']},
            'match': {'type': 'object', 'required': ['any'], 'properties': {'any': {'type': 'array', 'minItems': 1, 'items': {
                'type': 'object', 'required': ['resources'], 'properties': {'resources': {'type': 'object', 'required': ['kinds']}}}}}},
            'validate': {'type': 'object', 'required': ['message', 'foreach'], 'properties': {'message': TEXT, 'foreach': {'type': 'array', 'items': {
                'type': 'object', 'required': ['list', 'deny'], 'additionalProperties': False, 'properties': {'list': TEXT, 'deny': {
                    'type': 'object', 'required': ['conditions'], 'properties': {'conditions': {'type': 'object', 'required': ['any'], 'properties': {
                        'any': {'type': 'array', 'items': {'type': 'object', 'required': ['key', 'operator', 'value'], 'properties': {
                            'key': TEXT, 'operator': {'enum': ['Equals', 'NotEquals', 'AnyIn', 'AllIn', 'AnyNotIn', 'AllNotIn']}, 'value': DIGESTS}}}}}}}}}}}}}}}}}}}
GATEKEEPER_TEMPLATE = {'type': 'object', 'required': ['apiVersion', 'kind', 'metadata', 'spec'], 'additionalProperties': False, 'properties': {
    'apiVersion': {'const': 'templates.gatekeeper.sh/v1'}, 'kind': {'const': 'ConstraintTemplate'}, 'metadata': METADATA,
    'spec': {'type': 'object', 'required': ['crd', 'targets'], 'properties': {
        'crd': {'type': 'object', 'required': ['spec'], 'properties': {'spec': {'type': 'object', 'required': ['names'], 'properties': {
            'names': {'type': 'object', 'required': ['kind']},
            'validation': {'type': 'object', 'properties': {'openAPIV3Schema': {'type': 'object', 'required': ['type']}}}}}}},
        'targets': {'type': 'array', 'minItems': 1, 'maxItems': 1, 'items': {'type': 'object', 'required': ['target', 'rego'], 'properties': {
            'target': {'const': 'admission.k8s.gatekeeper.sh'}, 'rego': TEXT}}}}}}}
GATEKEEPER_CONSTRAINT = {'type': 'object', 'required': ['apiVersion', 'kind', 'metadata', 'spec'], 'additionalProperties': False, 'properties': {
    'apiVersion': {'const': 'constraints.gatekeeper.sh/v1beta1'}, 'kind': TEXT, 'metadata': METADATA, 'spec': {
        'type': 'object', 'required': ['match', 'parameters'], 'additionalProperties': False, 'properties': {
            'enforcementAction': {'enum': ['deny', 'dryrun', 'warn']}, 'parameters': {'type': 'object', 'properties': {'digests': DIGESTS}},
            'match': {'type': 'object', 'properties': {'kinds': {'type': 'array', 'items': {'type': 'object', 'required': ['apiGroups', 'kinds']}}}}}}}}
