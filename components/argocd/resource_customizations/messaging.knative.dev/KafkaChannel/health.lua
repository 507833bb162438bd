-- Conditions follow kstatus: Unknown while working, False only where a person must act.
-- What runs for a channel lies in another namespace, where Argo CD does not see it: the channel speaks for its dispatcher too.
local health = { status = "Progressing", message = "Waiting for the channel to be looked at" }

if obj.metadata.deletionTimestamp ~= nil then
  health.message = "Being deleted"
  return health
end
if obj.status == nil or obj.status.conditions == nil then
  return health
end
if obj.status.observedGeneration == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  health.message = "Waiting for the last change to be looked at"
  return health
end

local conditions = {}
for _, condition in ipairs(obj.status.conditions) do
  conditions[condition.type] = condition
end

local ready = conditions["Ready"]
if ready == nil then
  return health
end
if ready.status ~= "True" then
  if ready.status == "False" then
    health.status = "Degraded"
  end
  health.message = ready.message or ready.reason or "Not ready"
  return health
end

health.status = "Healthy"
health.message = ready.message or "Ready"
local dispatcher = conditions["DispatcherReady"]
if dispatcher ~= nil and dispatcher.status ~= "True" then
  health.message = dispatcher.message or dispatcher.reason or "The dispatcher is not ready"
  if dispatcher.reason == "DeploymentScaledToZero" then
    health.status = "Suspended"
  elseif dispatcher.status == "False" then
    health.status = "Degraded"
  end
end
local sink = conditions["DeadLetterSinkResolved"]
if health.status == "Healthy" and sink ~= nil and sink.status ~= "True" then
  health.message = sink.message or sink.reason or "The dead letter sink is not resolved"
  if sink.status == "False" then
    health.status = "Degraded"
  end
end
return health
