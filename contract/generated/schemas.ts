/* Generated from crds/ by "npm run generate". Do not edit. */

/** JSON schema of each kind, as far as types, bounds and patterns go. */
export const schemas = {
 "KafkaChannel": {
  "type": "object",
  "properties": {
   "apiVersion": {
    "type": "string"
   },
   "kind": {
    "type": "string"
   },
   "metadata": {
    "type": "object"
   },
   "spec": {
    "type": "object",
    "default": {},
    "properties": {
     "numPartitions": {
      "type": "integer",
      "minimum": 1,
      "maximum": 10000,
      "default": 4
     },
     "replicationFactor": {
      "type": "integer",
      "minimum": 1,
      "maximum": 32767,
      "default": 1
     },
     "retentionDuration": {
      "type": "string",
      "maxLength": 64,
      "default": "PT168H"
     },
     "kafkaSecret": {
      "type": "string",
      "minLength": 1,
      "maxLength": 253
     },
     "topic": {
      "type": "object",
      "properties": {
       "name": {
        "type": "string",
        "minLength": 1,
        "maxLength": 249,
        "pattern": "^[a-zA-Z0-9._-]+$"
       },
       "policy": {
        "type": "string",
        "enum": [
         "Managed",
         "External"
        ],
        "default": "Managed"
       },
       "deletionPolicy": {
        "type": "string",
        "enum": [
         "Delete",
         "Retain"
        ],
        "default": "Delete"
       },
       "config": {
        "type": "object",
        "maxProperties": 64,
        "additionalProperties": {
         "type": "string",
         "maxLength": 1024
        }
       }
      }
     },
     "dispatcher": {
      "type": "object",
      "properties": {
       "replicas": {
        "type": "integer",
        "minimum": 0,
        "maximum": 10000
       },
       "groupIdFrom": {
        "type": "string",
        "enum": [
         "uid",
         "name"
        ]
       },
       "startAt": {
        "type": "string",
        "maxLength": 64,
        "pattern": "^(latest|earliest|\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?Z)$"
       },
       "deliveryOrder": {
        "type": "string",
        "enum": [
         "ordered",
         "keyed",
         "unordered"
        ],
        "default": "ordered"
       },
       "maxInFlight": {
        "type": "integer",
        "minimum": 1,
        "maximum": 10000,
        "default": 64
       },
       "resources": {
        "type": "object",
        "properties": {
         "requests": {
          "type": "object",
          "properties": {
           "cpu": {
            "anyOf": [
             {
              "type": "integer"
             },
             {
              "type": "string"
             }
            ],
            "minimum": 0,
            "maxLength": 64,
            "pattern": "^\\+?(\\d+(\\.\\d*)?|\\.\\d+)([numkMGTPE]|[KMGTPE]i|[eE][-+]?\\d+)?$"
           },
           "memory": {
            "anyOf": [
             {
              "type": "integer"
             },
             {
              "type": "string"
             }
            ],
            "minimum": 0,
            "maxLength": 64,
            "pattern": "^\\+?(\\d+(\\.\\d*)?|\\.\\d+)([numkMGTPE]|[KMGTPE]i|[eE][-+]?\\d+)?$"
           },
           "ephemeral-storage": {
            "anyOf": [
             {
              "type": "integer"
             },
             {
              "type": "string"
             }
            ],
            "minimum": 0,
            "maxLength": 64,
            "pattern": "^\\+?(\\d+(\\.\\d*)?|\\.\\d+)([numkMGTPE]|[KMGTPE]i|[eE][-+]?\\d+)?$"
           }
          }
         },
         "limits": {
          "type": "object",
          "properties": {
           "cpu": {
            "anyOf": [
             {
              "type": "integer"
             },
             {
              "type": "string"
             }
            ],
            "minimum": 0,
            "maxLength": 64,
            "pattern": "^\\+?(\\d+(\\.\\d*)?|\\.\\d+)([numkMGTPE]|[KMGTPE]i|[eE][-+]?\\d+)?$"
           },
           "memory": {
            "anyOf": [
             {
              "type": "integer"
             },
             {
              "type": "string"
             }
            ],
            "minimum": 0,
            "maxLength": 64,
            "pattern": "^\\+?(\\d+(\\.\\d*)?|\\.\\d+)([numkMGTPE]|[KMGTPE]i|[eE][-+]?\\d+)?$"
           },
           "ephemeral-storage": {
            "anyOf": [
             {
              "type": "integer"
             },
             {
              "type": "string"
             }
            ],
            "minimum": 0,
            "maxLength": 64,
            "pattern": "^\\+?(\\d+(\\.\\d*)?|\\.\\d+)([numkMGTPE]|[KMGTPE]i|[eE][-+]?\\d+)?$"
           }
          }
         }
        }
       }
      }
     },
     "delivery": {
      "type": "object",
      "properties": {
       "deadLetterSink": {
        "type": "object",
        "properties": {
         "ref": {
          "type": "object",
          "properties": {
           "apiVersion": {
            "type": "string",
            "maxLength": 317
           },
           "kind": {
            "type": "string",
            "maxLength": 63
           },
           "name": {
            "type": "string",
            "maxLength": 253
           },
           "namespace": {
            "type": "string",
            "maxLength": 63
           }
          }
         },
         "uri": {
          "type": "string",
          "maxLength": 2048
         },
         "CACerts": {
          "type": "string",
          "maxLength": 65536
         },
         "audience": {
          "type": "string",
          "maxLength": 1024
         }
        }
       },
       "retry": {
        "type": "integer",
        "minimum": 0,
        "maximum": 1000
       },
       "timeout": {
        "type": "string",
        "maxLength": 64
       },
       "backoffPolicy": {
        "type": "string",
        "enum": [
         "linear",
         "exponential"
        ]
       },
       "backoffDelay": {
        "type": "string",
        "maxLength": 64
       },
       "retryAfterMax": {
        "type": "string",
        "maxLength": 64
       },
       "format": {
        "type": "string",
        "enum": [
         "json",
         "binary"
        ]
       }
      }
     },
     "subscribers": {
      "type": "array",
      "maxItems": 1000,
      "items": {
       "type": "object",
       "required": [
        "uid"
       ],
       "properties": {
        "uid": {
         "type": "string",
         "minLength": 1,
         "maxLength": 63,
         "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
        },
        "name": {
         "type": "string",
         "maxLength": 253
        },
        "generation": {
         "type": "integer"
        },
        "subscriberUri": {
         "type": "string",
         "maxLength": 2048
        },
        "subscriberCACerts": {
         "type": "string",
         "maxLength": 65536
        },
        "subscriberAudience": {
         "type": "string",
         "maxLength": 1024
        },
        "replyUri": {
         "type": "string",
         "maxLength": 2048
        },
        "replyCACerts": {
         "type": "string",
         "maxLength": 65536
        },
        "replyAudience": {
         "type": "string",
         "maxLength": 1024
        },
        "auth": {
         "type": "object",
         "properties": {
          "serviceAccountName": {
           "type": "string",
           "maxLength": 253
          }
         }
        },
        "delivery": {
         "type": "object",
         "properties": {
          "deadLetterSink": {
           "type": "object",
           "properties": {
            "ref": {
             "type": "object",
             "properties": {
              "apiVersion": {
               "type": "string",
               "maxLength": 317
              },
              "kind": {
               "type": "string",
               "maxLength": 63
              },
              "name": {
               "type": "string",
               "maxLength": 253
              },
              "namespace": {
               "type": "string",
               "maxLength": 63
              }
             }
            },
            "uri": {
             "type": "string",
             "maxLength": 2048
            },
            "CACerts": {
             "type": "string",
             "maxLength": 65536
            },
            "audience": {
             "type": "string",
             "maxLength": 1024
            }
           }
          },
          "retry": {
           "type": "integer",
           "minimum": 0,
           "maximum": 1000
          },
          "timeout": {
           "type": "string",
           "maxLength": 64
          },
          "backoffPolicy": {
           "type": "string",
           "enum": [
            "linear",
            "exponential"
           ]
          },
          "backoffDelay": {
           "type": "string",
           "maxLength": 64
          },
          "retryAfterMax": {
           "type": "string",
           "maxLength": 64
          },
          "format": {
           "type": "string",
           "enum": [
            "json",
            "binary"
           ]
          }
         }
        }
       }
      }
     }
    }
   },
   "status": {
    "type": "object",
    "default": {
     "observedGeneration": -1
    },
    "properties": {
     "observedGeneration": {
      "type": "integer"
     },
     "annotations": {
      "type": "object"
     },
     "address": {
      "type": "object",
      "required": [
       "url"
      ],
      "properties": {
       "url": {
        "type": "string"
       },
       "name": {
        "type": "string"
       },
       "CACerts": {
        "type": "string"
       },
       "audience": {
        "type": "string"
       }
      }
     },
     "addresses": {
      "type": "array",
      "items": {
       "type": "object",
       "properties": {
        "url": {
         "type": "string"
        },
        "name": {
         "type": "string"
        },
        "CACerts": {
         "type": "string"
        },
        "audience": {
         "type": "string"
        }
       }
      }
     },
     "deadLetterSinkUri": {
      "type": "string"
     },
     "deadLetterSinkCACerts": {
      "type": "string"
     },
     "deadLetterSinkAudience": {
      "type": "string"
     },
     "policies": {
      "type": "array",
      "items": {
       "type": "object",
       "properties": {
        "apiVersion": {
         "type": "string"
        },
        "name": {
         "type": "string"
        }
       }
      }
     },
     "subscribers": {
      "type": "array",
      "items": {
       "type": "object",
       "properties": {
        "uid": {
         "type": "string"
        },
        "observedGeneration": {
         "type": "integer"
        },
        "ready": {
         "type": "string"
        },
        "message": {
         "type": "string"
        },
        "auth": {
         "type": "object",
         "properties": {
          "serviceAccountName": {
           "type": "string"
          }
         }
        }
       }
      }
     },
     "conditions": {
      "type": "array",
      "items": {
       "type": "object",
       "required": [
        "type",
        "status"
       ],
       "properties": {
        "type": {
         "type": "string"
        },
        "status": {
         "type": "string",
         "enum": [
          "True",
          "False",
          "Unknown"
         ]
        },
        "reason": {
         "type": "string"
        },
        "message": {
         "type": "string"
        },
        "severity": {
         "type": "string"
        },
        "lastTransitionTime": {
         "type": "string"
        }
       }
      }
     }
    }
   }
  }
 },
 "KafkaTopic": {
  "type": "object",
  "properties": {
   "apiVersion": {
    "type": "string"
   },
   "kind": {
    "type": "string"
   },
   "metadata": {
    "type": "object"
   },
   "spec": {
    "type": "object",
    "required": [
     "topicName",
     "kafkaSecret"
    ],
    "properties": {
     "topicName": {
      "type": "string",
      "minLength": 1,
      "maxLength": 249,
      "pattern": "^[a-zA-Z0-9._-]+$"
     },
     "kafkaSecret": {
      "type": "string",
      "minLength": 1,
      "maxLength": 253
     },
     "partitions": {
      "type": "integer",
      "minimum": 1,
      "maximum": 10000,
      "default": 4
     },
     "replicas": {
      "type": "integer",
      "minimum": 1,
      "maximum": 32767,
      "default": 1
     },
     "config": {
      "type": "object",
      "default": {},
      "additionalProperties": {
       "type": "string"
      }
     },
     "configKeys": {
      "type": "array",
      "maxItems": 65,
      "items": {
       "type": "string",
       "maxLength": 1024
      }
     },
     "policy": {
      "type": "string",
      "enum": [
       "Managed",
       "External"
      ],
      "default": "Managed"
     },
     "deletionPolicy": {
      "type": "string",
      "enum": [
       "Delete",
       "Retain"
      ],
      "default": "Delete"
     }
    }
   },
   "status": {
    "type": "object",
    "default": {
     "observedGeneration": -1
    },
    "properties": {
     "observedGeneration": {
      "type": "integer"
     },
     "topicId": {
      "type": "string"
     },
     "partitions": {
      "type": "integer"
     },
     "conditions": {
      "type": "array",
      "items": {
       "type": "object",
       "required": [
        "type",
        "status"
       ],
       "properties": {
        "type": {
         "type": "string"
        },
        "status": {
         "type": "string",
         "enum": [
          "True",
          "False",
          "Unknown"
         ]
        },
        "reason": {
         "type": "string"
        },
        "message": {
         "type": "string"
        },
        "severity": {
         "type": "string"
        },
        "lastTransitionTime": {
         "type": "string"
        }
       }
      }
     }
    }
   }
  }
 },
 "KafkaConsumerGroup": {
  "type": "object",
  "properties": {
   "apiVersion": {
    "type": "string"
   },
   "kind": {
    "type": "string"
   },
   "metadata": {
    "type": "object"
   },
   "spec": {
    "type": "object",
    "required": [
     "group",
     "topic",
     "kafkaSecret"
    ],
    "properties": {
     "group": {
      "type": "string",
      "minLength": 1,
      "maxLength": 255
     },
     "topic": {
      "type": "string",
      "minLength": 1,
      "maxLength": 249
     },
     "kafkaSecret": {
      "type": "string",
      "minLength": 1,
      "maxLength": 253
     },
     "channel": {
      "type": "string",
      "maxLength": 127
     },
     "subscriber": {
      "type": "string",
      "maxLength": 253
     },
     "startAt": {
      "type": "string",
      "default": "latest",
      "maxLength": 64,
      "pattern": "^(latest|earliest|[0-9]{4}-[0-9]{2}-[0-9]{2}T.*Z)$"
     },
     "deletionPolicy": {
      "type": "string",
      "enum": [
       "Delete",
       "Retain"
      ]
     },
     "reset": {
      "type": "object",
      "required": [
       "id",
       "to"
      ],
      "properties": {
       "id": {
        "type": "string",
        "minLength": 1,
        "maxLength": 63
       },
       "to": {
        "type": "string",
        "maxLength": 65536
       }
      }
     }
    }
   },
   "status": {
    "type": "object",
    "default": {
     "observedGeneration": -1
    },
    "properties": {
     "observedGeneration": {
      "type": "integer"
     },
     "initialized": {
      "type": "boolean"
     },
     "partitions": {
      "type": "integer"
     },
     "waiting": {
      "type": "integer"
     },
     "lag": {
      "type": "string"
     },
     "oldest": {
      "type": "string"
     },
     "members": {
      "type": "integer"
     },
     "measuredAt": {
      "type": "string"
     },
     "resetting": {
      "type": "string"
     },
     "reset": {
      "type": "object",
      "required": [
       "id",
       "from",
       "to",
       "at"
      ],
      "properties": {
       "id": {
        "type": "string"
       },
       "from": {
        "type": "string"
       },
       "to": {
        "type": "string"
       },
       "at": {
        "type": "string"
       }
      }
     },
     "conditions": {
      "type": "array",
      "items": {
       "type": "object",
       "required": [
        "type",
        "status"
       ],
       "properties": {
        "type": {
         "type": "string"
        },
        "status": {
         "type": "string",
         "enum": [
          "True",
          "False",
          "Unknown"
         ]
        },
        "reason": {
         "type": "string"
        },
        "message": {
         "type": "string"
        },
        "severity": {
         "type": "string"
        },
        "lastTransitionTime": {
         "type": "string"
        }
       }
      }
     }
    }
   }
  }
 }
} as const;
