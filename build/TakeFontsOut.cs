#pragma warning disable IDE0005 // MSBuild compiles this file without implicit usings
using System;
using System.IO;
using System.Linq;

/// <summary>
/// Copies files out of an assembly's Avalonia resources: one manifest resource that begins with the length of its
/// index, the index's version and count, then path, offset and length of each file; the files follow the index.
/// </summary>
public sealed class TakeFontsOut : Microsoft.Build.Utilities.Task
{
    [Microsoft.Build.Framework.Required] public string Assembly { get; set; }
    [Microsoft.Build.Framework.Required] public string Folder { get; set; }
    [Microsoft.Build.Framework.Required] public string[] Names { get; set; }

    public override bool Execute()
    {
        Directory.CreateDirectory(Folder);
        var assembly = System.Reflection.Assembly.Load(File.ReadAllBytes(Assembly)); // from bytes: no lock
        using (var reader = new BinaryReader(assembly.GetManifestResourceStream("!AvaloniaResources")))
        {
            var files = reader.ReadInt32() + 4;
            var version = reader.ReadInt32();
            if (version != 2)
                throw new InvalidDataException(Assembly + ": expected resource index 2, found " + version);
            var found = Enumerable.Range(0, reader.ReadInt32())
                .Select(_ => reader.ReadString().Split('/').Last())
                .Select(name => (Name: name, Start: reader.ReadInt32(), Length: reader.ReadInt32())).ToArray();
            foreach (var name in Names)
            {
                var file = found.Single(f => f.Name == name);
                reader.BaseStream.Position = files + file.Start;
                var bytes = reader.ReadBytes(file.Length);
                if (bytes.Length != file.Length || BitConverter.ToInt32(bytes, 0) != 0x100)
                    throw new InvalidDataException(Assembly + ": " + name + " is no TrueType font");
                File.WriteAllBytes(Path.Combine(Folder, name), bytes);
            }
        }
        return true;
    }
}
