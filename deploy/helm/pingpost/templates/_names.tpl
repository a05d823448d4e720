{{- define "pingpost.name" -}}
{{- if contains .Chart.Name .Release.Name -}}{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else -}}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{- define "pingpost.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "pingpost.labels" -}}
{{ include "pingpost.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "pingpost.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "pingpost.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* The variables of every node, and of what is run beside them. */}}
{{- define "pingpost.environment" -}}
{{- $secret := .Values.secret -}}
- name: PINGPOST_HTTP__PUBLIC_BASE_URL
  value: {{ required "publicBaseUrl: the URL under which the carrier reaches the nodes" .Values.publicBaseUrl | quote }}
- name: PINGPOST_TWILIO__ACCOUNT_SID
  value: {{ required "twilio.accountSid: the account whose calls are taken" .Values.twilio.accountSid | quote }}
- name: PINGPOST_IN_FLIGHT__REDIS
  value: {{ required "redis.url: where what is in flight is kept" .Values.redis.url | quote }}
{{- range $variable, $key := dict
    "PINGPOST_STORE__URL_FILE" $secret.storeUrl
    "PINGPOST_STORE__MASTER_KEY_FILE" $secret.masterKey
    "PINGPOST_STORE__PREVIOUS_MASTER_KEYS_FILE" $secret.previousMasterKeys
    "PINGPOST_TWILIO__AUTH_TOKEN_FILE" $secret.authToken
    "PINGPOST_TWILIO__AUTH_TOKEN_NEXT_FILE" $secret.authTokenNext
    "PINGPOST_ADMIN__METRICS_TOKEN_FILE" $secret.metricsToken }}
{{- if $key }}
- name: {{ $variable }}
  value: /run/secrets/pingpost/{{ $key }}
{{- end }}
{{- end }}
{{- range $name, $value := .Values.environment }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{- define "pingpost.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "pingpost.secretVolume" -}}
name: secrets
secret:
  secretName: {{ required "secret.name: the secret that holds what is mounted as files" .Values.secret.name }}
  defaultMode: 0440
{{- end -}}
