"""Waves: their plan and questionnaire, their frozen frame, their draw, their life."""
