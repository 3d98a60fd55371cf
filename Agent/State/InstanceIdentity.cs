namespace LaunchStack.Agent.State;

/// <summary>The machine's own instance id: made once, kept in the state directory.</summary>
internal static class InstanceIdentity
{
    /// <summary>Reads the id, or makes it.</summary>
    /// <exception cref="IOException">The file is there and holds something else.</exception>
    public static Guid ReadOrCreate(StateDirectory state)
    {
        var file = Path.Combine(state.Path, "instance-id");
        if (File.Exists(file))
        {
            // Never replaced silently: a new id would split the machine's history in two.
            return Guid.TryParse(File.ReadAllText(file).Trim(), out var kept) && kept != Guid.Empty
                ? kept
                : throw new IOException($"{file} holds no UUID. Write the machine's instance id into it, or delete it to make a new one.");
        }

        var made = Guid.NewGuid();
        var draft = file + ".new";
        using (var stream = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(made.ToString("D") + "\n"));
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, file, overwrite: true);
        return made;
    }
}
