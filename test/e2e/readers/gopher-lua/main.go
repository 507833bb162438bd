// Runs health checks of Argo CD as Argo CD does: a Lua of Go with the libraries that it opens. Stdin: a JSON array of {script, object}; stdout: of {status, message}.
package main

import (
	"encoding/json"
	"log"
	"os"

	lua "github.com/yuin/gopher-lua"
)

type check struct {
	Script string         `json:"script"`
	Object map[string]any `json:"object"`
}

type health struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func main() {
	var checks []check
	if err := json.NewDecoder(os.Stdin).Decode(&checks); err != nil {
		log.Fatal(err)
	}
	healths := []health{}
	for _, each := range checks {
		healths = append(healths, run(each))
	}
	if err := json.NewEncoder(os.Stdout).Encode(healths); err != nil {
		log.Fatal(err)
	}
}

func run(each check) health {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	opened := map[string]lua.LGFunction{lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable}
	for name, open := range opened {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(open), Protect: true}, lua.LString(name)); err != nil {
			log.Fatal(err)
		}
	}
	state.SetGlobal("obj", value(state, each.Object))
	if err := state.DoString(each.Script); err != nil {
		log.Fatal(err)
	}
	answer, isTable := state.Get(-1).(*lua.LTable)
	if !isTable {
		log.Fatal("a check answers no table")
	}
	return health{Status: text(answer, "status"), Message: text(answer, "message")}
}

func text(table *lua.LTable, field string) string {
	if found, isText := table.RawGetString(field).(lua.LString); isText {
		return string(found)
	}
	return ""
}

func value(state *lua.LState, from any) lua.LValue {
	switch typed := from.(type) {
	case bool:
		return lua.LBool(typed)
	case float64:
		return lua.LNumber(typed)
	case string:
		return lua.LString(typed)
	case []any:
		table := state.NewTable()
		for _, each := range typed {
			table.Append(value(state, each))
		}
		return table
	case map[string]any:
		table := state.NewTable()
		for name, each := range typed {
			table.RawSetString(name, value(state, each))
		}
		return table
	}
	return lua.LNil
}
