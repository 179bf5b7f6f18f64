# fish completion for expertcontroller: expertcontroller completion fish | source
function __expertcontroller_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (command $words[1] __complete -- $words[2..-1] "$current" 2>/dev/null)
        if string match -q ':files*' -- $line
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c expertcontroller -f -a '(__expertcontroller_complete)'
