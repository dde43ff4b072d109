{% macro normalised_phone(text) -%}
    {#- `+55`, area code, number: whatever of country code, trunk zero, carrier and the ninth digit of mobiles was written.
        A number with another country's code keeps it. What is no whole number, or repeats one digit, is null. -#}
    {%- set area_and_number = "([1-9][1-9](?:9[0-9]{8}|[2-9][0-9]{7}))" -%}
    {%- set brazilian = rewritten(digits(text), "^(?:00?)?(?:55)?(?:0(?:[1-9][0-9])?)?" ~ area_and_number ~ "$", "+55\\1") -%}
    {%- set with_ninth_digit = rewritten(brazilian, "^([+]55..)([6-9][0-9]{7})$", "\\19\\2") -%}
    {%- set no_number = ["12345678", "87654321"] -%}
    {%- for digit in range(10) %}{% do no_number.append(digit ~ "{8}") %}{% endfor -%}
    {%- set no_phone = "^(?:[^+].*|[+]55..9?(?:" ~ no_number | join("|") ~ "))$" -%}
    case
        when {{ matches(text, "^ *[+] *(?:[1-46-9]|5[0-46-9])") }}
            then nullif({{ rewritten("'+' || " ~ digits(text), "^[+](?:[0-9]{0,7}|[0-9]{16,})$", "") }}, '')
        else nullif({{ rewritten(with_ninth_digit, no_phone, "") }}, '')
    end
{%- endmacro %}
