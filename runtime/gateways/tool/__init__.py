"""The tool for LLM agents: the contract's seven methods, answered in words."""

from __future__ import annotations

from callboard.runtime.gateways.tool.tool import DistributedOrchestrationTool, ToolResponse

__all__ = ["DistributedOrchestrationTool", "ToolResponse"]
