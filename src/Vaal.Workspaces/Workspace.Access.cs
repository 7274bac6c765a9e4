using System.Security.Cryptography;
using System.Text;

namespace Vaal.Workspaces;

/// <summary>Who may come in. Secrets are told once and only their hashes are kept.</summary>
public sealed partial class Workspace
{
    /// <summary>How a secret lets its bearer in.</summary>
    internal static class AccessKinds
    {
        public const string Launch = "launch", Invitation = "invitation", Session = "session", Token = "token";
    }

    /// <summary>The person whose secret was accepted.</summary>
    /// <param name="Annotator">null: the person who started the server</param>
    internal sealed record Admitted(int? Annotator, string Name, bool Owner);

    /// <summary>Everybody who may come in besides the person who starts the server, by name.</summary>
    public Report Annotators()
    {
        var people = People();
        return new ListReport(people, people.Count == 0
            ? [TextBlock.Of("nobody yet; 'vaal annotator add NAME' invites a person")]
            : [TextBlock.Table(["name", "role", "since", "invitation"], people.Select(p => new[]
            {
                p.Name, p.Role, p.Added.ToLocalTime().ToString("yyyy-MM-dd HH:mm", Invariant),
                p.Invited ? "not used yet" : "used",
            }))]);
    }

    internal IReadOnlyList<AnnotatorRow> People() => _db.Query(
        """
        select id, name, role, added, exists (select 1 from access where annotator = annotators.id
            and kind = 'invitation' and used is null)
        from annotators where removed is null order by name
        """, r => new AnnotatorRow(r.GetInt32(0), r.GetString(1), r.GetString(2), Ledger.Time(r.GetString(3)),
            r.GetBoolean(4)));

    /// <summary>Adds a person, or gives one who is there a new invitation. An owner stays one until removed.</summary>
    /// <returns>two secrets that are not kept: of an invitation that serves once, and of a script's bearer token; and
    /// the invitation as a link, where the workspace was served on the network last (null: it was not)</returns>
    /// <exception cref="InputException">the name cannot be used, or looks like another person's</exception>
    public (string Invitation, string Token, string? Link) AddAnnotator(string name, bool owner)
    {
        ArgumentNullException.ThrowIfNull(name);
        CheckPerson(name);
        if (name == Environment.UserName) throw OwnName();
        return _db.Transaction(() =>
        {
            // those without access too: their labels have their name
            var people = _db.Query("select name from annotators", r => r.GetString(0));
            var known = people.Contains(name);
            if (!known && LookAlike(name, Environment.UserName)) throw OwnName();
            if (!known && people.Find(p => LookAlike(p, name)) is { } near)
                throw new InputException("expected a name that differs by more than case, or how accents are composed, "
                    + $"from that of {Data.Labels.Text.Quote(near)}, found {Data.Labels.Text.Quote(name)}; use "
                    + $"{Data.Labels.Text.Quote(near)} for the same person");
            var role = owner || People().Any(a => a.Name == name && a.Role == "owner") ? "owner" : "labeller";
            var id = (int)_db.Number(
                """
                insert into annotators (name, role, added) values ($1, $2, $3)
                on conflict (name) do update set role = excluded.role, removed = null returning id
                """, name, role, Ledger.Stamp(_clock.GetUtcNow()));
            _db.Execute("delete from access where annotator = $1 and kind in ('invitation', 'token')", id);
            _ledger.Begin("annotator", new { how = "add", name, role });
            var (invitation, token) = (Admit(AccessKinds.Invitation, id), Admit(AccessKinds.Token, id));
            // this machine's own address leads nobody else here
            var served = Uri.TryCreate(ServedAt, UriKind.Absolute, out var url) && !url.IsLoopback;
            return (invitation, token, served ? $"{ServedAt}/join/{invitation}" : null);
        });

        InputException OwnName() =>
            new($"{name} is the name of the person who starts the server; choose another name");
    }

    // in whatever case, and however accents are composed
    private static bool LookAlike(string a, string b) => Folded(a) == Folded(b);

    private static string Folded(string name) => Data.Labels.Canonical.Form(name).ToUpperInvariant();

    private static void CheckPerson(string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name != name.Trim() || name.Length > 64 || name.Any(char.IsControl))
            throw new InputException("expected a name of 1 to 64 characters without control characters and without "
                + $"blanks at its ends, found {Data.Labels.Text.Quote(name)}");
    }

    /// <summary>Takes a person's access away; what they labelled stays.</summary>
    /// <exception cref="InputException">there is nobody of that name</exception>
    public void RemoveAnnotator(string name) => _db.Transaction(() =>
    {
        ArgumentNullException.ThrowIfNull(name);
        var id = People().FirstOrDefault(a => a.Name == name)?.Id ?? throw new InputException(
            $"there is no annotator {Data.Labels.Text.Quote(name)}"
            + (Suggestion.Nearest(name, [.. People().Select(a => a.Name)]) is { } near
                ? $"; did you mean '{near}'?" : "; 'vaal annotator list' lists them"));
        _db.Execute("update annotators set removed = $1 where id = $2", Ledger.Stamp(_clock.GetUtcNow()), id);
        _db.Execute("delete from access where annotator = $1", id);
        _ledger.Begin("annotator", new { how = "remove", name });
    });

    /// <summary>Address at which the workspace was served last, without a slash at its end; null: never.</summary>
    internal string? ServedAt
    {
        get => Setting("served");
        set => Set("served", value!);
    }

    /// <summary>Makes a secret that lets its bearer in.</summary>
    /// <param name="annotator">null: the person who starts the server</param>
    /// <returns>43 characters that fit a URL; only the hash is kept</returns>
    internal string Admit(string kind, int? annotator)
    {
        var secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-')
            .Replace('/', '_');
        _db.Execute("insert into access values ($1, $2, $3, $4, null)", HashOf(secret), kind, annotator,
            Ledger.Stamp(_clock.GetUtcNow()));
        return secret;
    }

    /// <summary>Forgets secrets of a kind that belong to the person who starts the server.</summary>
    internal void ForgetOwn(string kind) =>
        _db.Execute("delete from access where kind = $1 and annotator is null", kind);

    /// <summary>Whom a secret belongs to; null: nobody, or it was used.</summary>
    internal Admitted? Who(string kind, string secret) => _db.Query(
        """
        select a.annotator, coalesce(p.name, $3), coalesce(p.role, 'owner')
        from access a left join annotators p on p.id = a.annotator
        where a.hash = $1 and a.kind = $2 and a.used is null and p.removed is null
        """, r => new Admitted(r.Whole(0), r.GetString(1), r.GetString(2) == "owner"), HashOf(secret), kind,
        Environment.UserName).FirstOrDefault();

    /// <summary>Uses up a link that serves once and makes the session that it stands for.</summary>
    /// <returns>the session's secret; null: the link was used, or there is none</returns>
    internal string? Enter(string kind, string secret) => _db.Transaction(() =>
    {
        if (Who(kind, secret) is not { } person) return null;
        _db.Execute("update access set used = $1 where hash = $2", Ledger.Stamp(_clock.GetUtcNow()), HashOf(secret));
        return Admit(AccessKinds.Session, person.Annotator);
    });

    private static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
