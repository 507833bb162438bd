-- Conditions follow kstatus: Unknown while working, False only where a person must act.
local health = { status = "Progressing", message = "Waiting for the group to be looked at" }

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

for _, condition in ipairs(obj.status.conditions) do
  if condition.type == "Ready" then
    health.message = condition.message or condition.reason or "Ready"
    if condition.status == "True" then
      health.status = "Healthy"
    elseif condition.status == "False" then
      health.status = "Degraded"
    end
  end
end
-- A replay that cannot be done needs a person, though the group is Ready.
for _, condition in ipairs(obj.status.conditions) do
  if health.status == "Healthy" and condition.type == "ResetDone" and condition.status == "False" then
    health.status = "Degraded"
    health.message = condition.message or condition.reason or "The replay cannot be done"
  end
end
return health
