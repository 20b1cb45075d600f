"""Whether something may be done with a person's data: purposes, the acts of people, one decision.

| module | concept |
|---|---|
| `records` | one act of a person about one permission, as it is remembered |
| `catalogue` | purposes and touchpoints that exist, validated |
| `decide` | the rule: acts in, allow or deny out, pure |
| `service` | the rule over the stored acts; withdrawing, granting |
"""
